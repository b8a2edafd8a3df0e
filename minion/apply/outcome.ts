import { type CatalogState, REQUISITES } from '../../protocol/catalog.ts'
import type { StateKey } from '../../protocol/ids.ts'
import { isFailure, type StateOutcome } from '../../protocol/report.ts'

/** What the states before this one mean for it (DECISIONS 6 to 8). */
export type Fate =
  | { readonly do: 'run'; readonly triggers: readonly StateKey[]; readonly uncertain: boolean }
  | {
      readonly do: 'end'
      readonly outcome: Extract<StateOutcome, 'blocked' | 'skipped' | 'may-change'>
      readonly note: string
    }

export interface Past {
  readonly outcomes: ReadonlyMap<StateKey, StateOutcome>
  /** Causes from earlier runs whose reaction this state still owes. */
  readonly owed: readonly StateKey[]
  /** States that would or may change in a dry run, and all that depend on one of them, however far away. */
  readonly unsettled: ReadonlySet<StateKey>
}

/**
 * Whether a state runs. `triggers` are the watched states that changed (or would, or did so in a run that died);
 * `uncertain` is true when something it depends on, directly or through others, would or may change in a dry run: then a
 * failed read is no failure, and a guard that skips it now proves nothing. Pure.
 */
export function fateOf(state: CatalogState, { outcomes, owed, unsettled }: Past): Fate {
  const { require = [], watch = [], onchanges = [] } = state.requisites
  const outcomeOf = (key: StateKey): StateOutcome => outcomes.get(key) ?? 'not-run'
  for (const requisite of REQUISITES) {
    for (const key of state.requisites[requisite] ?? []) {
      const outcome = outcomeOf(key)
      if (isFailure(outcome) || outcome === 'not-run') {
        return { do: 'end', outcome: 'blocked', note: `it needs ${key}, which is ${outcome}` }
      }
    }
  }
  const changed = (key: StateKey): boolean => ['changed', 'would-change'].includes(outcomeOf(key))
  const maybe = (key: StateKey): boolean => outcomeOf(key) === 'may-change'
  const uncertain = [...require, ...watch, ...onchanges].some(key => unsettled.has(key))
  if (onchanges.length > 0 && !onchanges.some(key => changed(key) || owed.includes(key))) {
    return onchanges.some(maybe)
      ? {
          do: 'end',
          outcome: 'may-change',
          note: 'it runs when one of its onchanges changes, which cannot be known yet',
        }
      : { do: 'end', outcome: 'skipped', note: 'none of its onchanges changed' }
  }
  return { do: 'run', triggers: watch.filter(key => changed(key) || owed.includes(key)), uncertain }
}
