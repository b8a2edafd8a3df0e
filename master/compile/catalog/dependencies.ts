import type { StateKey } from '../../../protocol/ids.ts'
import type { ProblemSink } from '../language/problem-sink.ts'
import type { Reference } from './global-arguments.ts'
import { findStates, type Ordered } from './graph.ts'
import type { ResolvedState } from './resolve.ts'

interface DependencySearch {
  readonly ordered: Ordered
  /** The roles that a role may refer to, itself first. */
  readonly included: (role: string) => readonly string[]
  readonly sink: ProblemSink
}

/**
 * Lists the states that a check depends on, sorted: those in its `require`, or all of its role, and everything that these
 * require, at any depth.
 */
export function dependenciesOf(
  role: string,
  require: readonly Reference[] | undefined,
  { ordered, included, sink }: DependencySearch,
): readonly StateKey[] {
  const { states, edges } = graphOf(ordered)
  const isOwn = ({ file }: { readonly file: string }): boolean => file.startsWith(`roles/${role}/`)
  const direct =
    require === undefined
      ? states.filter(({ declaredAt }) => declaredAt.some(isOwn)).map(({ key }) => key)
      : require.flatMap(reference => findStates(reference, { role, states, included, sink }))
  const found = new Set<StateKey>(direct)
  // Iterating a set also visits what is added meanwhile.
  for (const key of found) for (const next of edges.get(key) ?? []) found.add(next)
  return [...found].sort()
}

interface Graph {
  readonly states: readonly ResolvedState[]
  readonly edges: ReadonlyMap<StateKey, readonly StateKey[]>
}

const graphs = new WeakMap<Ordered, Graph>()

/** Cached, because it is the same for all checks of a catalog. */
function graphOf(ordered: Ordered): Graph {
  const known = graphs.get(ordered)
  if (known !== undefined) return known
  const graph = {
    states: ordered.states.map(({ state }) => state),
    edges: new Map(ordered.states.map(({ state, edges }) => [state.key, Object.values(edges).flat()])),
  }
  graphs.set(ordered, graph)
  return graph
}
