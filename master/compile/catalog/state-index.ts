import type { ResolvedState } from './resolve.ts'

/** The states of one catalog by what a reference may name them: looked through once, however many references there are. */
export interface StateIndex {
  /** States that this role declares, in their order. */
  ofRole(role: string): readonly ResolvedState[]
  /** Those of them with this id, name, or a package of this name. */
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

/** `pkg: curl` also means the state that lists `curl` among its `pkgs`. */
export function namesOf({ id, name, params: { pkgs } }: ResolvedState): readonly string[] {
  return [id, name, ...(Array.isArray(pkgs) ? pkgs.filter(one => typeof one === 'string') : [])]
}
