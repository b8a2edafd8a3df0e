import type { CatalogState } from '../../protocol/catalog.ts'
import type { StateKey } from '../../protocol/ids.ts'
import type { BoundState, Inspection } from '../../states/define.ts'
import type { SystemReader } from '../../states/system.ts'

/** Number of states to inspect ahead. */
const WINDOW = 16

/**
 * Inspects the next states while the current one is handled, so that a run with nothing to do does not wait. A cache only:
 * results from before an action, and errors, are dropped.
 */
export interface Prefetch {
  /** Returns the current inspection of a state. */
  inspect(index: number, bound: BoundState): Promise<Inspection>
  /** Drops all results; called before an action is performed. */
  invalidate(): void
  /** Resolves when no inspection is in progress. */
  idle(): Promise<void>
}

/** Skips states for which `bind` throws. */
export function createPrefetch(
  states: readonly CatalogState[],
  bind: (state: CatalogState) => BoundState,
  system: SystemReader,
): Prefetch {
  const seen = new Map<StateKey, Promise<Inspection | undefined>>()
  const open = new Set<Promise<unknown>>()
  // Shrinks to 0 at each change and grows again: inspecting ahead is useless while every state changes something.
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

/** True when the state is certain to be inspected: it has no guards and no `onchanges`. */
function isPlain({ guards, requisites }: CatalogState): boolean {
  return Object.keys(guards).length === 0 && requisites.onchanges === undefined
}
