import type { Catalog, CatalogState } from '../../protocol/catalog.ts'
import type { StateKey } from '../../protocol/ids.ts'
import { canonicalJson } from '../../protocol/json.ts'
import type { OrphanWish } from '../../protocol/order.ts'
import { type ResultOutcome, resultOf, type StateResult } from '../../protocol/report.ts'
import type { Registry } from '../../states/registry.ts'
import type { LedgerEntry } from './ledger.ts'
import { causesOf, type FoundOrphan, type Orphans, orphansOf, type RemovingState } from './orphans.ts'
import { unlikeKeys } from './removals.ts'

interface Facts {
  /** The catalog of the order. */
  readonly current: Catalog
  /** The catalog that was applied last; absent: none. */
  readonly applied: Catalog | undefined
  readonly ledger: ReadonlyMap<string, LedgerEntry>
  readonly registry: Registry
  readonly wish: OrphanWish
  readonly test: boolean
}

/**
 * What states do that watch what a run about orphans removes: `react` only, or `wait` for the next apply, which then reacts, as
 * they are not what was applied last. Nothing else of the catalog is applied.
 */
export type Watchers = ReadonlyMap<StateKey, 'react' | 'wait'>

/** A run that removes or forgets orphans, and applies nothing else. Its `kept` are all orphans that it does not forget. */
export interface OrphanRun extends Orphans {
  readonly forgotten: readonly string[]
  /** What the states that watched a removed thing may do. */
  readonly watchers: Watchers
  /** What the run decided without touching the host: what it forgets, and what it cannot remove, with the reason. */
  readonly said: readonly { readonly entry: LedgerEntry; readonly outcome: ResultOutcome }[]
}

const NOT_APPLIED = 'the catalog that was applied last still declares it: apply first'

/**
 * Decides what a run about orphans does. An orphan is removed only if neither the catalog of the order nor the one that was
 * applied last needs it: otherwise the next boot would make it again. What watched it in the catalog reacts. Pure.
 */
export function orphanRun({ current, applied, ledger, registry, wish, test }: Facts): OrphanRun {
  const orphans = orphansOf([current], ledger, registry)
  const alsoApplied = applied === undefined ? orphans : orphansOf([current, applied], ledger, registry)
  const settled = new Map(alsoApplied)
  const removed = new Map<StateKey, string>()
  const removing: RemovingState[] = []
  const forgotten: string[] = []
  const said: OrphanRun['said'][number][] = []
  const taken = new Set(current.states.map(({ key }) => key))
  for (const [thing, { entry }] of orphans.filter(([thing, { entry }]) => isMeant(wish, thing, entry))) {
    const found = settled.get(thing)
    if (found === undefined) said.push({ entry, outcome: { outcome: 'skipped', note: NOT_APPLIED } })
    else if (wish.do === 'forget') {
      const actions = [{ kind: 'forget', summary: `forget \`${thing}\`, which stays on the host` }]
      forgotten.push(thing)
      said.push({ entry, outcome: { outcome: test ? 'would-change' : 'changed', actions } })
    } else if (!('state' in found.removal)) {
      said.push({ entry, outcome: { outcome: 'skipped', note: `not removable: ${found.removal.kept}` } })
    } else {
      const state = unlikeKeys(found.removal.state, taken)
      removed.set(state.key, thing)
      removing.push({ state, watchers: entry.watchers })
    }
  }
  const gone = new Set(test ? [] : forgotten)
  const watching = watchersOf(current.states, removing)
  const states = [...removing.map(({ state }) => state), ...watching]
  const { checks: _checks, ...rest } = current
  return {
    catalog: { ...rest, states },
    removed,
    kept: new Map<string, FoundOrphan>(orphans.filter(([thing]) => !gone.has(thing))),
    forgotten,
    watchers: reachOf(watching, applied),
    said,
  }
}

/** Converts what a run decided into results. Pure. */
export function saidResults({ said }: OrphanRun, nowMs: number): readonly StateResult[] {
  return said.map(({ entry, outcome }) => resultOf(entry, nowMs, outcome, 0))
}

function isMeant({ states }: OrphanWish, thing: string, { key }: LedgerEntry): boolean {
  return states === undefined || states.includes(key) || states.includes(thing)
}

/** The states that watched what is removed, with nothing else to wait for. */
function watchersOf(states: readonly CatalogState[], removing: readonly RemovingState[]): readonly CatalogState[] {
  const causes = causesOf(removing)
  return states.flatMap((state): readonly CatalogState[] => {
    const watch = causes.get(state.key)
    return watch === undefined ? [] : [{ ...state, requisites: { watch } }]
  })
}

/** A watcher whose type or arguments differ from those applied last must not act before it is applied. */
function reachOf(watching: readonly CatalogState[], applied: Catalog | undefined): Watchers {
  const known = new Map((applied?.states ?? []).map(state => [state.key, state] as const))
  const isApplied = ({ key, type, params, guards }: CatalogState): boolean => {
    const last = known.get(key)
    return (
      last !== undefined &&
      canonicalJson([last.type, last.params, last.guards]) === canonicalJson([type, params, guards])
    )
  }
  return new Map(watching.map(state => [state.key, isApplied(state) ? 'react' : 'wait']))
}
