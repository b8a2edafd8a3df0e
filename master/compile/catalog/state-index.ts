import type { ResolvedState } from './resolve.ts'

/** Index of a catalog's states by what references can name; built once for all references. */
export interface StateIndex {
  /** States that this role declares, in order. */
  ofRole(role: string): readonly ResolvedState[]
  /** States of the role with this id or name, or that install a package of this name. */
  named(role: string, name: string): readonly ResolvedState[]
}

const known = new WeakMap<readonly ResolvedState[], StateIndex>()

export function stateIndex(states: readonly ResolvedState[]): StateIndex {
  const before = known.get(states)
  if (before !== undefined) return before
  const roles = new Map<string, Set<ResolvedState>>()
  const names = new Map<string, Map<string, Set<ResolvedState>>>()
  for (const state of states) {
    for (const one of [state, ...(state.duplicates ?? [])]) {
      roles.set(one.role, (roles.get(one.role) ?? new Set()).add(state))
      const own = names.get(one.role) ?? new Map<string, Set<ResolvedState>>()
      names.set(one.role, own)
      for (const name of namesOf(one)) own.set(name, (own.get(name) ?? new Set()).add(state))
    }
  }
  const index: StateIndex = {
    ofRole: role => [...(roles.get(role) ?? [])],
    named: (role, name) => [...(names.get(role)?.get(name) ?? [])],
  }
  known.set(states, index)
  return index
}

/** Lists the names of a state: `pkg: curl` also matches a state with `curl` in its `pkgs`. */
export function namesOf({ id, name, params: { pkgs } }: ResolvedState): readonly string[] {
  return [id, name, ...(Array.isArray(pkgs) ? pkgs.filter(one => typeof one === 'string') : [])]
}
