import type { Catalog, CatalogState } from '../../protocol/catalog.ts'
import type { Orphan, StateResult } from '../../protocol/report.ts'
import type { Registry } from '../../states/registry.ts'
import type { SystemReader } from '../../states/system.ts'
import type { Ledger, LedgerEntry } from './ledger.ts'
import { entryOf, type Orphans, orphanOf, ownedBy, withOrphans } from './orphans.ts'

/** Ownership of resources during one run. */
export interface Ownership {
  /** What is applied: states that remove orphans, then the catalog. */
  readonly catalog: Catalog
  /** Called before the first action of a state. When it returns, the state's resource is in the ledger. */
  claim(state: CatalogState): Promise<void>
  /**
   * Updates the ledger after the run: adds resources found as declared, drops removed ones. Returns the orphans that are left.
   */
  finish(results: readonly StateResult[]): Promise<readonly Orphan[]>
}

interface Deps {
  readonly ledger: Ledger
  readonly registry: Registry
  readonly system: SystemReader
  readonly test: boolean
  /** What a run about orphans does; absent: the catalog is applied. */
  readonly orphanRun?: Orphans | undefined
}

export function ownershipOf(catalog: Catalog, deps: Deps): Ownership {
  const { ledger, registry, test } = deps
  const orphans = deps.orphanRun ?? withOrphans(catalog, ledger.entries, registry)
  const owned = ownedBy(catalog, registry)
  const things = new Map([...owned].map(([thing, state]) => [state.key, thing]))
  return {
    catalog: orphans.catalog,
    async claim(state) {
      const thing = things.get(state.key)
      if (thing === undefined || state.onOrphan === 'keep') return
      const opposite = registry.get(state.type)?.opposite(state.params)
      // If it does not exist yet, the state that acts now creates it.
      const made = ledger.entries.get(thing)?.made ?? (await isAbsent(opposite, deps))
      await ledger.claim(new Map([[thing, entryOf(state, made, catalog, registry)]]))
    },
    async finish(results) {
      const kept = await Promise.all(
        [...orphans.kept].map(async ([thing, found]) => {
          const gone = await isAbsent(found.entry.opposite, deps).catch(() => false)
          return gone ? [] : [orphanOf(thing, found)]
        }),
      )
      const left = kept.flat()
      if (test) return left
      const right = results.filter(({ outcome }) => outcome === 'unchanged' || outcome === 'changed')
      const gone = right.flatMap(({ key }) => orphans.removed.get(key) ?? [])
      const leftThings = new Set(left.map(({ thing }) => thing))
      const forgotten = [...orphans.kept.keys()].filter(thing => !leftThings.has(thing))
      const unclaimed = [...owned].filter(([, { onOrphan }]) => onOrphan === 'keep').map(([thing]) => thing)
      const found = right.flatMap(({ key }): readonly (readonly [string, LedgerEntry])[] => {
        const thing = things.get(key)
        const state = thing === undefined ? undefined : owned.get(thing)
        if (thing === undefined || state === undefined || state.onOrphan === 'keep') return []
        const made = ledger.entries.get(thing)?.made ?? false
        return [[thing, entryOf(state, made, catalog, registry)]]
      })
      await ledger.claim(new Map(found))
      await ledger.release([...gone, ...forgotten, ...unclaimed])
      return left
    },
  }
}

/** True when the host already matches the opposite of a state, so nothing of the state exists. */
async function isAbsent(opposite: LedgerEntry['opposite'], { registry, system }: Deps): Promise<boolean> {
  const type = opposite === undefined ? undefined : registry.get(opposite.type)
  if (opposite === undefined || type === undefined) return false
  const bound = type.bind(opposite.params, () => {
    throw new TypeError('the opposite of a state holds no secret')
  })
  return (await bound.inspect(system)).actions.length === 0
}
