import type { Catalog, CatalogState } from '../../protocol/catalog.ts'
import type { StateKey } from '../../protocol/ids.ts'
import type { Orphan } from '../../protocol/report.ts'
import type { Registry } from '../../states/registry.ts'
import type { LedgerEntry } from './ledger.ts'
import { reactionsOf } from './reactions.ts'
import { inUseBy, type Removal, removalOf, unlikeKeys } from './removals.ts'

/** A resource that no state declares any more, and how it could be removed. */
export interface FoundOrphan {
  readonly entry: LedgerEntry
  readonly removal: Removal
}

/** Resources in the ledger that no state of the catalog declares any more. */
export interface Orphans {
  /**
   * The catalog, preceded by states that remove what Saltern created on this host and no role declares any more. Watchers react
   * to them.
   */
  readonly catalog: Catalog
  /** The resource that each of these states removes. */
  readonly removed: ReadonlyMap<StateKey, string>
  /** Orphans that stay, unless they are found to be gone after the run. */
  readonly kept: ReadonlyMap<string, FoundOrphan>
}

/** Adds states that remove orphans to the catalog. Pure. */
export function withOrphans(catalog: Catalog, ledger: ReadonlyMap<string, LedgerEntry>, registry: Registry): Orphans {
  const removed = new Map<StateKey, string>()
  const kept = new Map<string, FoundOrphan>()
  const removing: RemovingState[] = []
  const taken = new Set(catalog.states.map(({ key }) => key))
  for (const [thing, found] of orphansOf([catalog], ledger, registry)) {
    const { entry, removal } = found
    if (entry.onOrphan !== 'remove' || !('state' in removal)) {
      kept.set(thing, found)
      continue
    }
    const state = unlikeKeys(removal.state, taken)
    removed.set(state.key, thing)
    removing.push({ state, watchers: entry.watchers })
  }
  const states = [...removing.map(({ state }) => state), ...watchingThem(catalog.states, removing)]
  return { catalog: { ...catalog, states }, removed, kept }
}

/** Lists the resources that none of the catalogs declares, the newest first: a file before its directory. Pure. */
export function orphansOf(
  catalogs: readonly Catalog[],
  ledger: ReadonlyMap<string, LedgerEntry>,
  registry: Registry,
): readonly (readonly [thing: string, found: FoundOrphan])[] {
  const inUse = inUseBy(catalogs, registry)
  return [...ledger]
    .filter(([thing]) => !inUse.has(thing))
    .toReversed()
    .map(([thing, entry]) => [thing, { entry, removal: removalOf(thing, entry, inUse, registry) }])
}

/** A state that removes an orphan, and the states that watched what it removes. */
export interface RemovingState {
  readonly state: CatalogState
  readonly watchers: readonly StateKey[]
}

/** Makes states react to the removal of what they watched. Pure. */
function watchingThem(states: readonly CatalogState[], removing: readonly RemovingState[]): readonly CatalogState[] {
  const causes = causesOf(removing)
  return states.map((state): CatalogState => {
    const more = causes.get(state.key)
    if (more === undefined) return state
    return { ...state, requisites: { ...state.requisites, watch: [...(state.requisites.watch ?? []), ...more] } }
  })
}

/** Maps each watcher to the states that remove what it watched. Pure. */
export function causesOf(removing: readonly RemovingState[]): ReadonlyMap<StateKey, readonly StateKey[]> {
  const causes = new Map<StateKey, StateKey[]>()
  for (const { state, watchers } of removing) {
    for (const watcher of watchers) {
      const known = causes.get(watcher)
      if (known === undefined) causes.set(watcher, [state.key])
      else known.push(state.key)
    }
  }
  return causes
}

/** Maps each resource that a catalog declares to its state. Pure. */
export function ownedBy(catalog: Catalog, registry: Registry): ReadonlyMap<string, CatalogState> {
  return new Map(
    catalog.states.flatMap(state => {
      const thing = registry.get(state.type)?.owns(state.params)
      return thing === undefined ? [] : [[thing, state] as const]
    }),
  )
}

/** The ledger entry of a state that has just created its resource (`made`) or found it. Pure. */
export function entryOf(state: CatalogState, made: boolean, catalog: Catalog, registry: Registry): LedgerEntry {
  const { key, type, id, name, role, declaredAt, onOrphan } = state
  const opposite = registry.get(type)?.opposite(state.params)
  return {
    key,
    type,
    id,
    name,
    role,
    declaredAt,
    made,
    onOrphan: onOrphan === 'remove' ? 'remove' : 'report',
    ...(opposite === undefined ? {} : { opposite }),
    watchers: reactionsOf(catalog.states).watching(key),
  }
}

/** Converts an orphan for the report. Pure. */
export function orphanOf(thing: string, { entry, removal }: FoundOrphan): Orphan {
  const { key, type, id, role, declaredAt, made } = entry
  const how = 'state' in removal ? { removal: removal.state.type } : { kept: removal.kept }
  return { thing, key, role, declaredAt, made, type, id, ...how }
}
