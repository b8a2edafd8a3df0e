import type { Catalog, CatalogState } from '../../protocol/catalog.ts'
import type { Orphan, StateResult } from '../../protocol/report.ts'
import type { Registry } from '../../states/registry.ts'
import type { SystemReader } from '../../states/system.ts'
import type { Ledger, LedgerEntry } from './ledger.ts'
import { entryOf, orphanOf, ownedBy, withOrphans } from './orphans.ts'

/** The ledger during one run. */
export interface Ownership {
  /** What is applied: the catalog, and before it what takes orphans away. */
  readonly catalog: Catalog
  /** A state is about to perform its first action: its thing is in the ledger when this returns. */
  claim(state: CatalogState): Promise<void>
  /** After the run: what was found right is in the ledger, what was taken away is not. What is left over, told. */
  finish(results: readonly StateResult[]): Promise<readonly Orphan[]>
}

interface Deps {
  readonly ledger: Ledger
  readonly registry: Registry
  readonly system: SystemReader
  readonly test: boolean
}

export function ownershipOf(catalog: Catalog, deps: Deps): Ownership {
  const { ledger, registry, test } = deps
  const orphans = withOrphans(catalog, ledger.entries, registry)
  const owned = ownedBy(catalog, registry)
  const things = new Map([...owned].map(([thing, state]) => [state.key, thing]))
  return {
    catalog: orphans.catalog,
    async claim(state) {
      const thing = things.get(state.key)
      if (thing === undefined || state.onOrphan === 'keep') return
      const opposite = registry.get(state.type)?.opposite(state.params)
      // Where nothing of it is there, whoever acts now makes it.
      const made = ledger.entries.get(thing)?.made ?? (await isAbsent(opposite, deps))
      await ledger.claim(new Map([[thing, entryOf(state, made, catalog, registry)]]))
    },
    async finish(results) {
      const kept = await Promise.all(
        [...orphans.kept].map(async ([thing, entry]) => {
          const gone = await isAbsent(entry.opposite, deps).catch(() => false)
          return gone ? [] : [orphanOf(thing, entry)]
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

/** Whether the host is already as the opposite of a state wants it, so that nothing of the state is there. */
async function isAbsent(opposite: LedgerEntry['opposite'], { registry, system }: Deps): Promise<boolean> {
  const type = opposite === undefined ? undefined : registry.get(opposite.type)
  if (opposite === undefined || type === undefined) return false
  const bound = type.bind(opposite.params, () => {
    throw new TypeError('the opposite of a state holds no secret')
  })
  return (await bound.inspect(system)).actions.length === 0
}
