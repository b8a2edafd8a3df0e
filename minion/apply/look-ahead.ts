import type { CatalogState } from '../../protocol/catalog.ts'
import type { StateKey } from '../../protocol/ids.ts'
import type { BoundState, Inspection } from '../../states/define.ts'
import type { SystemReader } from '../../states/system.ts'

/** How many states are looked at ahead at most. */
const WINDOW = 16

/**
 * Looks at the next states while one is decided, so that a run with nothing to do waits for nothing. Only a hint
 * (DECISIONS 9): what was seen before something was performed is dropped, and so is every error.
 */
export interface LookAhead {
  /** What the host is like for this state now. */
  inspect(index: number, bound: BoundState): Promise<Inspection>
  /** Something is about to be performed. */
  spoil(): void
  /** Resolves when nothing is looked at any more. */
  idle(): Promise<void>
}

/** `bind` may throw: then the state is not looked at ahead. */
export function lookAhead(
  states: readonly CatalogState[],
  bind: (state: CatalogState) => BoundState,
  system: SystemReader,
): LookAhead {
  const seen = new Map<StateKey, Promise<Inspection | undefined>>()
  const looking = new Set<Promise<unknown>>()
  // Where states change one after the other, a look ahead is a look for nothing.
  let window = WINDOW
  let begun = 0
  const look = (state: CatalogState): Promise<Inspection | undefined> => {
    const inspecting = Promise.resolve()
      .then(() => bind(state).inspect(system))
      .catch(() => undefined)
    looking.add(inspecting)
    void inspecting.finally(() => looking.delete(inspecting))
    return inspecting
  }
  const goOn = (index: number): void => {
    begun = Math.max(begun, index + 1)
    for (; begun < states.length && begun <= index + window; begun++) {
      const state = states[begun]
      if (state !== undefined && isPlain(state)) seen.set(state.key, look(state))
    }
  }
  return {
    async inspect(index, bound) {
      const key = states[index]?.key
      const mine = key === undefined ? undefined : seen.get(key)
      if (key !== undefined) seen.delete(key)
      goOn(index)
      window = Math.min(WINDOW, window + 1)
      return (await mine) ?? bound.inspect(system)
    },
    spoil() {
      seen.clear()
      begun = 0
      window = 0
    },
    async idle() {
      await Promise.all(looking)
    },
  }
}

/** Whether it will surely be looked at: without guards, and not only when another state changes. */
function isPlain({ guards, requisites }: CatalogState): boolean {
  return Object.keys(guards).length === 0 && requisites.onchanges === undefined
}
