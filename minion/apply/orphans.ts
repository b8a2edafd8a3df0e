import type { Catalog, CatalogState } from '../../protocol/catalog.ts'
import type { StateKey } from '../../protocol/ids.ts'
import type { Orphan } from '../../protocol/report.ts'
import type { Registry } from '../../states/registry.ts'
import type { LedgerEntry } from './ledger.ts'
import { reactionsOf } from './reactions.ts'

/** Resources in the ledger that no state of the catalog declares any more. */
export interface Orphans {
  /**
   * The catalog, preceded by states that remove what Saltern created on this host and no role declares any more. Watchers react
   * to them.
   */
  readonly catalog: Catalog
  /** The resource that each of these states removes. */
  readonly removed: ReadonlyMap<StateKey, string>
  /** Orphans that stay until an operator decides. */
  readonly kept: ReadonlyMap<string, LedgerEntry>
}

/** Adds states that remove orphans to the catalog. Pure. */
export function withOrphans(catalog: Catalog, ledger: ReadonlyMap<string, LedgerEntry>, registry: Registry): Orphans {
  const owned = ownedBy(catalog, registry)
  const mentioned = new Set(catalog.states.flatMap(({ type, params }) => registry.get(type)?.mentions(params) ?? []))
  const orphans = [...ledger].filter(([thing]) => !owned.has(thing) && !mentioned.has(thing))
  const removed = new Map<StateKey, string>()
  const removing: CatalogState[] = []
  const kept = new Map<string, LedgerEntry>()
  const watching = new Map<StateKey, StateKey[]>()
  // Remove the newest first: a file before its directory.
  for (const [thing, entry] of orphans.toReversed()) {
    const { opposite } = entry
    const type = opposite === undefined ? undefined : registry.get(opposite.type)
    const checked = opposite === undefined ? undefined : type?.check(opposite.params)
    if (entry.onOrphan !== 'remove' || !entry.made || type === undefined || checked?.ok !== true) {
      kept.set(thing, entry)
      continue
    }
    const key = `${entry.role}/${type.name}/${entry.id}` as StateKey
    removed.set(key, thing)
    removing.push({
      key,
      type: type.name,
      id: entry.id,
      name: entry.name,
      role: entry.role,
      declaredAt: entry.declaredAt,
      params: checked.params,
      requisites: {},
      guards: {},
    })
    for (const watcher of entry.watchers) {
      const causes = watching.get(watcher)
      if (causes === undefined) watching.set(watcher, [key])
      else causes.push(key)
    }
  }
  const states = catalog.states.map((state): CatalogState => {
    const causes = watching.get(state.key)
    if (causes === undefined) return state
    return { ...state, requisites: { ...state.requisites, watch: [...(state.requisites.watch ?? []), ...causes] } }
  })
  return { catalog: { ...catalog, states: [...removing, ...states] }, removed, kept }
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

/** Converts a ledger entry for the report. Pure. */
export function orphanOf(thing: string, { key, role, declaredAt, made }: LedgerEntry): Orphan {
  return { thing, key, role, declaredAt, made }
}
