/** Selects minions: a tree of target words. */
export type Target =
  | { readonly kind: 'all' }
  | ({ readonly kind: 'is'; readonly field: TargetField } & Patterns)
  | { readonly kind: 'condition'; readonly condition: Condition }
  /** `bare`: written as the name alone, and not `group=`. */
  | { readonly kind: 'group'; readonly name: string; readonly bare: boolean; readonly of: Target }
  | { readonly kind: 'not'; readonly of: Target }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Target[] }

/** `id`, `role`, `level`, `os`, or `grain.<name>`. */
export type TargetField = 'id' | 'role' | 'level' | 'os' | `grain.${string}`

/** How a minion is at the moment; words that no minion and no group should be named. */
const CONDITIONS = ['online', 'offline', 'failed', 'outdated'] as const
export type Condition = (typeof CONDITIONS)[number]

export function isCondition(word: string): word is Condition {
  return (CONDITIONS as readonly string[]).includes(word)
}

/** The groups of fleet.yml by name. */
export interface Groups {
  get(name: string): { readonly target: Target } | undefined
  keys(): Iterable<string>
}

export const NO_GROUPS: Groups = new Map()

/** Alternative values of a field. */
export interface Patterns {
  readonly exact: ReadonlySet<string>
  /** Patterns with `*` or `?`. */
  readonly globs: readonly string[]
}

export const FIELDS = ['id', 'role', 'level', 'os'] as const

function isGlob(pattern: string): boolean {
  return /[*?]/.test(pattern)
}

/** Converts words to patterns, without duplicates. Pure. */
export function patternsOf(words: readonly string[]): Patterns {
  return { exact: new Set(words.filter(word => !isGlob(word))), globs: [...new Set(words.filter(isGlob))] }
}

/** Merges patterns; any of them may match. Pure. */
function eitherPattern(patterns: readonly Patterns[]): Patterns {
  return patternsOf(patterns.flatMap(({ exact, globs }) => [...exact, ...globs]))
}

/** Lists every `is` term of the target, including those below a `not`. Pure. */
export function termsOf(target: Target): readonly (Target & { readonly kind: 'is' })[] {
  switch (target.kind) {
    case 'all':
      return []
    case 'condition':
      return []
    case 'is':
      return [target]
    case 'group':
    case 'not':
      return termsOf(target.of)
    case 'and':
    case 'or':
      return target.of.flatMap(termsOf)
    default:
      return target satisfies never
  }
}

/** Lists the fields that the target uses. Pure. */
export function fieldsOf(target: Target): readonly TargetField[] {
  return [...new Set(termsOf(target).map(({ field }) => field))]
}

/** Every part of the target that is of this kind, other than parts of groups. Pure. */
export function partsOf<Kind extends Target['kind']>(
  target: Target,
  kind: Kind,
): readonly (Target & { readonly kind: Kind })[] {
  const below =
    target.kind === 'not'
      ? partsOf(target.of, kind)
      : target.kind === 'and' || target.kind === 'or'
        ? target.of.flatMap(part => partsOf(part, kind))
        : []
  return target.kind === kind ? [target as Target & { readonly kind: Kind }, ...below] : below
}

/** Ids that the target names in full, other than those that it leaves out and those of groups. Pure. */
export function namedIds(target: Target): readonly string[] {
  switch (target.kind) {
    case 'is':
      return target.field === 'id' ? [...target.exact] : []
    case 'and':
    case 'or':
      return target.of.flatMap(namedIds)
    default:
      return []
  }
}

/** Every id that the target names in full, also those that it leaves out. Pure. */
export function exactIds(target: Target): readonly string[] {
  return termsOf(target).flatMap(({ field, exact }) => (field === 'id' ? [...exact] : []))
}

/** Combines targets; any of them may match. Alternative ids become one term, so many of them cost no more than one. Pure. */
export function anyOf(targets: readonly Target[]): Target {
  return joined('or', targets)
}

/** Combines targets; all of them must match. Pure. */
export function allOf(targets: readonly Target[]): Target {
  const [first, ...more] = targets
  return first !== undefined && more.length === 0 ? first : { kind: 'and', of: targets }
}

function joined(kind: 'or', targets: readonly Target[]): Target {
  const ids = targets.filter(target => target.kind === 'is' && target.field === 'id') as (Target & Patterns)[]
  const others = targets.filter(target => target.kind !== 'is' || target.field !== 'id')
  const merged: readonly Target[] =
    ids.length === 0 ? others : [{ kind: 'is', field: 'id', ...eitherPattern(ids) }, ...others]
  const [first, ...more] = merged
  return first !== undefined && more.length === 0 ? first : { kind, of: merged }
}
