import type { CatalogState } from '../../protocol/catalog.ts'
import type { StateKey } from '../../protocol/ids.ts'
import type { BoundState, Inspection } from '../../states/define.ts'
import type { SystemReader } from '../../states/system.ts'

/** The largest number of states that are inspected ahead. */
const WINDOW = 16

/**
 * Inspects the next states while one is decided, so that a run with nothing to do does not wait. Only a hint: what was
 * seen before an action was performed is dropped, and so is every error.
 */
export interface Prefetch {
  /** The host as this state sees it now. */
  inspect(index: number, bound: BoundState): Promise<Inspection>
  /** Drops what was seen: an action is about to be performed. */
  invalidate(): void
  /** Resolves when no inspection is open any more. */
  idle(): Promise<void>
}

/** A state for which `bind` throws is not inspected ahead. */
export function createPrefetch(
  states: readonly CatalogState[],
  bind: (state: CatalogState) => BoundState,
  system: SystemReader,
): Prefetch {
  const seen = new Map<StateKey, Promise<Inspection | undefined>>()
  const open = new Set<Promise<unknown>>()
  // Where states change one after the other, an inspection ahead is of no use.
  let window = WINDOW
  let begun = 0
  return {
    async inspect(index, bound) {
      const key = states[index]?.key
      const mine = key === undefined ? undefined : seen.get(key)
      if (key !== undefined) seen.delete(key)
      begun = Math.max(begun, index + 1)
      for (; begun < states.length && begun <= index + window; begun++) {
        const state = states[begun]
        if (state === undefined || !isPlain(state)) continue
        const inspecting = Promise.resolve()
          .then(() => bind(state).inspect(system))
          .catch(() => undefined)
        open.add(inspecting)
        void inspecting.finally(() => open.delete(inspecting))
        seen.set(state.key, inspecting)
      }
      window = Math.min(WINDOW, window + 1)
      return (await mine) ?? bound.inspect(system)
    },
    invalidate() {
      seen.clear()
      begun = 0
      window = 0
    },
    async idle() {
      await Promise.all(open)
    },
  }
}

/** Whether its turn surely inspects it: it has no guards, and does not depend on changes of another state. */
function isPlain({ guards, requisites }: CatalogState): boolean {
  return Object.keys(guards).length === 0 && requisites.onchanges === undefined
}
