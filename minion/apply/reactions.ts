import type { CatalogState } from '../../protocol/catalog.ts'
import type { StateKey } from '../../protocol/ids.ts'
import { isUnitFile } from './unit-files.ts'

/** Which states of a catalog react to which. */
export interface Reactions {
  /** Lists the states that watch this one, in catalog order. */
  watching(cause: StateKey): readonly StateKey[]
  /** Lists the states that watch it or name it in `onchanges`. */
  reacting(cause: StateKey): readonly StateKey[]
  /** Index of the last of them in the catalog; -1 when there is none. */
  last(cause: StateKey): number
  /** True for a state that writes or removes a file of a unit, and leaves the reload of systemd to those that watch it. */
  changesUnit(cause: StateKey): boolean
}

const known = new WeakMap<readonly CatalogState[], Reactions>()

/** Builds the reactions from the requisites of all states; cached per catalog. Pure. */
export function reactionsOf(states: readonly CatalogState[]): Reactions {
  const before = known.get(states)
  if (before !== undefined) return before
  const watching = new Map<StateKey, StateKey[]>()
  const reacting = new Map<StateKey, StateKey[]>()
  const last = new Map<StateKey, number>()
  const unitFiles = new Set<StateKey>()
  for (const [index, { key, type, params, requisites }] of states.entries()) {
    const { name } = params
    if (type.startsWith('file.') && typeof name === 'string' && isUnitFile(name)) unitFiles.add(key)
    const { watch = [], onchanges = [] } = requisites
    for (const cause of new Set(watch)) put(watching, cause, key)
    for (const cause of new Set([...watch, ...onchanges])) {
      put(reacting, cause, key)
      last.set(cause, index)
    }
  }
  const reactions: Reactions = {
    watching: cause => watching.get(cause) ?? [],
    reacting: cause => reacting.get(cause) ?? [],
    last: cause => last.get(cause) ?? -1,
    changesUnit: cause => unitFiles.has(cause),
  }
  known.set(states, reactions)
  return reactions
}

function put(to: Map<StateKey, StateKey[]>, cause: StateKey, key: StateKey): void {
  const list = to.get(cause)
  if (list === undefined) to.set(cause, [key])
  else list.push(key)
}
