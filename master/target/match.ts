import { AppError } from '../../protocol/errors.ts'
import { globMatches } from '../../protocol/glob.ts'
import { suggest } from '../yaml/suggest.ts'
import { globsMeet, globWithin } from './glob-within.ts'
import { fileHint } from './habits.ts'
import { shortList, targetLabel } from './label.ts'
import { type Condition, namedIds, type Patterns, type Target, type TargetField, termsOf } from './target.ts'

/** The properties of a minion that targets are matched against. */
export interface TargetView {
  readonly id: string
  /** Effective roles: assigned and included. */
  readonly roles: readonly string[]
  /** Undefined when the inventory does not name the minion. */
  readonly level: string | undefined
  readonly grains: { readonly [name: string]: unknown }
  /** Those that hold, of those that were looked at; undefined: none was. */
  readonly conditions?: ReadonlySet<Condition> | undefined
  /** The id or pattern that its join token was for: a condition on ids applies only if it holds for all ids that match it. */
  readonly joinedAs?: string | undefined
  /** What inventory entries left open by its token would give: the negation of those does not hold either. */
  readonly leftOpen?: LeftOpen | undefined
}

/** Effective roles and levels that are left open. */
export interface LeftOpen {
  readonly roles: readonly string[]
  readonly levels: readonly string[]
}

/** True when the target certainly holds, also for every other id that the minion could have joined with. Pure. */
export function matches(target: Target, view: TargetView): boolean {
  return holds(target, view) === true
}

/** True unless the target surely does not hold. Pure. */
export function mayMatch(target: Target, view: TargetView): boolean {
  return holds(target, view) !== false
}

/**
 * undefined: it depends on the id that the minion chose or could have chosen, or on a condition that was not looked at, so neither
 * the target nor its opposite is granted.
 */
function holds(target: Target, view: TargetView): boolean | undefined {
  switch (target.kind) {
    case 'all':
      return true
    case 'is':
      return fits(target, view)
    case 'condition':
      return view.conditions?.has(target.condition)
    case 'group':
      return holds(target.of, view)
    case 'not': {
      const held = holds(target.of, view)
      return held === undefined ? undefined : !held
    }
    case 'and':
      return together(target.of, view, false)
    case 'or':
      return together(target.of, view, true)
    default:
      return target satisfies never
  }
}

/** Combines two results. `decisive` is the value that decides alone: false for `and`, true for `or`. */
function together(targets: readonly Target[], view: TargetView, decisive: boolean): boolean | undefined {
  let isOpen = false
  for (const target of targets) {
    const held = holds(target, view)
    if (held === decisive) return decisive
    if (held === undefined) isOpen = true
  }
  return isOpen ? undefined : !decisive
}

function fits(
  { field, exact, globs }: Patterns & { readonly field: TargetField },
  view: TargetView,
): boolean | undefined {
  if (field === 'id' && view.joinedAs !== undefined) return fitsForAll(view.joinedAs, [...exact, ...globs])
  const isOneOf = (value: string): boolean => exact.has(value) || globs.some(glob => globMatches(glob, value))
  if (valuesOf(field, view).some(isOneOf)) return true
  return valuesLeftOpen(field, view).some(isOneOf) ? undefined : false
}

function fitsForAll(joinedAs: string, patterns: readonly string[]): boolean | undefined {
  if (patterns.some(pattern => globWithin(joinedAs, pattern))) return true
  return patterns.some(pattern => globsMeet(joinedAs, pattern)) ? undefined : false
}

/**
 * Selects all minions that match. Throws TARGET_MATCHES_NOBODY with the nearest name. `views` are the whole fleet, or the part
 * that the caller may see. Pure.
 */
export function selectMinions<View extends TargetView>(
  text: string,
  target: Target,
  views: readonly View[],
  extent: 'fleet' | 'visible',
): readonly [View, ...View[]] {
  const [first, ...rest] = views.filter(view => matches(target, view))
  if (first !== undefined) return [first, ...rest]
  const label = targetLabel(text)
  if (views.length === 0) {
    const [why, hint] = NONE[extent]
    throw new AppError({ code: 'TARGET_MATCHES_NOBODY', message: `\`${label}\` matches nothing: ${why}`, hint })
  }
  throw new AppError({
    code: 'TARGET_MATCHES_NOBODY',
    message: `\`${label}\` matches none of ${views.length} ${views.length === 1 ? 'minion' : 'minions'}`,
    hint: nearest(target, views) ?? 'List the minions with `master minions`.',
  })
}

/** Throws TARGET_MATCHES_NOBODY for ids that the target names and no minion has: a target is never narrowed silently. Pure. */
export function demandNamed(target: Target, views: readonly TargetView[]): void {
  const known = new Set(views.map(({ id }) => id))
  const unknown = namedIds(target).filter(id => !known.has(id))
  const [first] = unknown
  if (first === undefined) return
  const near = suggest(first, known)
  throw new AppError({
    code: 'TARGET_MATCHES_NOBODY',
    message: unknown.length === 1 ? `no minion is named \`${first}\`` : `no minions are named ${shortList(unknown)}`,
    hint:
      fileHint(first) ??
      (near === undefined ? 'Leave it out, or list the minions with `master minions`.' : `Did you mean \`${near}\`?`),
  })
}

/** Why there are no minions to match, and what to do. */
const NONE = {
  fleet: [
    'no minions have joined yet',
    'Create a token with `master join-token create`, and run the command that it prints on the host.',
  ],
  visible: [
    'your rights cover no minion',
    'Ask the maintainer of fleet.yml for a right that covers them, under `operators`.',
  ],
} as const

function valuesOf(field: TargetField, view: TargetView): readonly string[] {
  if (field === 'id') return [view.id]
  if (field === 'role') return view.roles
  if (field === 'level') return view.level === undefined ? [] : [view.level]
  const value = view.grains[field === 'os' ? 'os' : field.slice('grain.'.length)]
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  return values.flatMap(item => (typeof item === 'string' || typeof item === 'number' ? [String(item)] : []))
}

function valuesLeftOpen(field: TargetField, { leftOpen }: TargetView): readonly string[] {
  if (field === 'role') return leftOpen?.roles ?? []
  return field === 'level' ? (leftOpen?.levels ?? []) : []
}

/** Suggests a similar value of the same field; for an id, also a role or level of that name. */
function nearest(target: Target, views: readonly TargetView[]): string | undefined {
  if (target.kind === 'and' && target.of.filter(isIds).length > 1) {
    return 'Words joined by `and` must all hold: for any of several ids, write them side by side or with commas.'
  }
  for (const { field, exact, globs } of termsOf(target)) {
    const known = new Set(views.flatMap(view => valuesOf(field, view)))
    for (const pattern of [...exact, ...globs]) {
      if (known.has(pattern)) continue
      const other =
        field === 'id' ? OTHERS.find(word => views.some(view => valuesOf(word, view).includes(pattern))) : undefined
      const near = suggest(pattern, known)
      const file = field === 'id' ? fileHint(pattern) : undefined
      if (file !== undefined) return file
      if (other !== undefined) return `Did you mean \`${other}=${pattern}\`?`
      if (near !== undefined) return `Did you mean \`${field}=${near}\`?`
    }
  }
  return undefined
}

const OTHERS = ['role', 'level', 'os'] as const

function isIds(target: Target): boolean {
  return target.kind === 'is' && target.field === 'id'
}
