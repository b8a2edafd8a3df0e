import { AppError } from '../../protocol/errors.ts'
import { globMatches } from '../../protocol/glob.ts'
import { suggest } from '../yaml/suggest.ts'
import { globsMeet, globWithin } from './glob-within.ts'
import { fieldsOf, type Target, type TargetField } from './parse.ts'

/** What target words are held against. */
export interface TargetView {
  readonly id: string
  /** Effective roles: assigned and included. */
  readonly roles: readonly string[]
  /** undefined when the inventory does not name the minion. */
  readonly level: string | undefined
  readonly grains: { readonly [name: string]: unknown }
  /** The id or pattern that its join token was for: what says something of ids holds only when it surely does for all of these. */
  readonly joinedAs?: string | undefined
  /** What inventory entries that its token leaves open would give: the opposite of that does not hold either. */
  readonly leftOpen?: LeftOpen | undefined
}

/** Effective roles, and levels. */
export interface LeftOpen {
  readonly roles: readonly string[]
  readonly levels: readonly string[]
}

/** True when the target surely holds, also for every other id that the minion could have joined with. Pure. */
export function matches(target: Target, view: TargetView): boolean {
  return holds(target, view) === true
}

/** undefined: it depends on the id that the minion chose or could have chosen, so neither the target nor its opposite is granted. */
function holds(target: Target, view: TargetView): boolean | undefined {
  switch (target.kind) {
    case 'all':
      return true
    case 'is':
      if (target.field === 'id' && view.joinedAs !== undefined) return holdsForAll(view.joinedAs, target.pattern)
      if (valuesOf(target.field, view).some(value => globMatches(target.pattern, value))) return true
      return valuesLeftOpen(target.field, view).some(value => globMatches(target.pattern, value)) ? undefined : false
    case 'not': {
      const held = holds(target.of, view)
      return held === undefined ? undefined : !held
    }
    case 'and':
      return both(holds(target.left, view), () => holds(target.right, view), false)
    case 'or':
      return both(holds(target.left, view), () => holds(target.right, view), true)
    default:
      return target satisfies never
  }
}

/** `decisive` is the value that decides alone: false of `and`, true of `or`. */
function both(left: boolean | undefined, rightOf: () => boolean | undefined, decisive: boolean): boolean | undefined {
  if (left === decisive) return decisive
  const right = rightOf()
  if (right === decisive) return decisive
  return left === undefined || right === undefined ? undefined : !decisive
}

function holdsForAll(joinedAs: string, pattern: string): boolean | undefined {
  if (globWithin(joinedAs, pattern)) return true
  return globsMeet(joinedAs, pattern) ? undefined : false
}

/**
 * All that match, or TARGET_MATCHES_NOBODY with the nearest name. `views` are the whole fleet, or what the caller may see of it.
 * Pure.
 */
export function selectMinions<View extends TargetView>(
  text: string,
  target: Target,
  views: readonly View[],
  extent: 'fleet' | 'visible',
): readonly [View, ...View[]] {
  const [first, ...rest] = views.filter(view => matches(target, view))
  if (first !== undefined) return [first, ...rest]
  if (views.length === 0) {
    const [why, hint] = NONE[extent]
    throw new AppError({ code: 'TARGET_MATCHES_NOBODY', message: `\`${text}\` matches nothing: ${why}`, hint })
  }
  throw new AppError({
    code: 'TARGET_MATCHES_NOBODY',
    message: `\`${text}\` matches none of ${views.length} ${views.length === 1 ? 'minion' : 'minions'}`,
    hint: nearest(target, views) ?? 'List the minions with `master minions`.',
  })
}

/** Why there is no minion to match, and what to do. */
const NONE = {
  fleet: [
    'no minions have joined yet',
    'Create a token with `master join-token create`, and run the command that it prints on the host.',
  ],
  visible: [
    'your rights cover no minion',
    'Ask who maintains fleet.yml for a right that covers them, under `operators`.',
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

function nearest(target: Target, views: readonly TargetView[]): string | undefined {
  for (const field of fieldsOf(target)) {
    const known = new Set(views.flatMap(view => valuesOf(field, view)))
    const pattern = patternOf(target, field)
    if (pattern === undefined || known.has(pattern)) continue
    const [, word, value] = /^(role|level|os|id):(.+)$/.exec(field === 'id' ? pattern : '') ?? []
    if (word !== undefined) return `Did you mean \`${word}=${value}\`?`
    const near = suggest(pattern, known)
    if (near !== undefined) return `Did you mean \`${field}=${near}\`?`
  }
  return undefined
}

function patternOf(target: Target, field: TargetField): string | undefined {
  if (target.kind === 'is') return target.field === field ? target.pattern : undefined
  if (target.kind === 'not') return patternOf(target.of, field)
  return target.kind === 'all' ? undefined : (patternOf(target.left, field) ?? patternOf(target.right, field))
}
