import type { StateKey } from '../../protocol/ids.ts'
import type { Reference } from './global-arguments.ts'
import { findStates, type Ordered } from './graph.ts'
import type { ProblemSink } from './problem-sink.ts'

interface Ground {
  readonly ordered: Ordered
  /** The roles that a role may refer to, itself first. */
  readonly included: (role: string) => readonly string[]
  readonly sink: ProblemSink
}

/**
 * The states that a check stands upon, sorted: those that its `require` names, or all of its role, and with them
 * everything that these require, at any depth.
 */
export function groundOf(
  role: string,
  require: readonly Reference[] | undefined,
  { ordered, included, sink }: Ground,
): readonly StateKey[] {
  const states = ordered.states.map(({ state }) => state)
  const isOwn = ({ file }: { readonly file: string }): boolean => file.startsWith(`roles/${role}/`)
  const direct =
    require === undefined
      ? states.filter(({ declaredAt }) => declaredAt.some(isOwn)).map(({ key }) => key)
      : require.flatMap(reference => findStates(reference, { role, states, included, sink }))
  const edges = new Map(ordered.states.map(({ state, edges }) => [state.key, Object.values(edges).flat()]))
  const found = new Set<StateKey>()
  const visit = (key: StateKey): void => {
    if (found.has(key)) return
    found.add(key)
    for (const next of edges.get(key) ?? []) visit(next)
  }
  for (const key of direct) visit(key)
  return [...found].sort()
}
