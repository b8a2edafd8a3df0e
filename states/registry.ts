import type { State } from './define.ts'

/** State types by name. */
export interface Registry {
  get(name: string): State | undefined
  readonly names: readonly string[]
  /** Hash of each type, for the minion's hello. */
  readonly hashes: { readonly [name: string]: string }
}

/** Creates a registry. Throws on two types with the same name, which is a bug of ours. */
export function createRegistry(states: readonly State[]): Registry {
  const byName = new Map(states.map(state => [state.name, state]))
  if (byName.size !== states.length) throw new TypeError('two state types have the same name')
  return {
    get: name => byName.get(name),
    names: [...byName.keys()].sort(),
    hashes: Object.fromEntries(states.map(state => [state.name, state.hash])),
  }
}
