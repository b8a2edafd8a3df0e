import { REQUISITES, type Requisite } from '../../../protocol/catalog.ts'
import type { Problem } from '../../../protocol/errors.ts'
import type { StateKey } from '../../../protocol/ids.ts'
import { canonicalJson } from '../../../protocol/json.ts'
import { formatPosition } from '../../../protocol/source.ts'
import { suggest } from '../../yaml/suggest.ts'
import type { ProblemSink } from '../language/problem-sink.ts'
import type { Reference } from './global-arguments.ts'
import type { ResolvedState } from './resolve.ts'
import { namesOf, stateIndex } from './state-index.ts'

/** Edges of a state to others, by key. */
type Edges = { readonly [requisite in Requisite]?: readonly StateKey[] }

export interface Ordered {
  readonly states: readonly { readonly state: ResolvedState; readonly edges: Edges }[]
}

/**
 * Merges equal declarations of the same resource, inverts `_in` forms, resolves every reference, and sorts: requisites first,
 * then `order`, then definition. `included` gives the roles that a role may refer to, itself first.
 */
export function orderStates(
  states: readonly ResolvedState[],
  included: (role: string) => readonly string[],
  sink: ProblemSink,
): Ordered {
  const merged = mergeEqual(refuseSameKeys(states, sink), sink)
  const edges = new Map<StateKey, Map<Requisite, Set<StateKey>>>()
  const connect = (from: StateKey, requisite: Requisite, to: StateKey): void => {
    const own = edges.get(from) ?? new Map<Requisite, Set<StateKey>>()
    edges.set(from, own.set(requisite, (own.get(requisite) ?? new Set()).add(to)))
  }
  const all = merged.entries.map(({ state }) => state)
  for (const { state, declaration } of all.flatMap(state =>
    withTwins(state).map(declaration => ({ state, declaration })),
  )) {
    const find = (reference: Reference): readonly StateKey[] => {
      return findStates(reference, { role: declaration.role, states: all, included, sink })
    }
    for (const requisite of REQUISITES) {
      for (const reference of declaration.global.requisites[requisite] ?? []) {
        for (const key of find(reference)) connect(state.key, requisite, key)
      }
      for (const reference of declaration.global.reverse[requisite] ?? []) {
        for (const key of find(reference)) connect(key, requisite, state.key)
      }
    }
  }
  const edgesOf = (key: StateKey): Edges => {
    const own = [...(edges.get(key) ?? new Map<Requisite, Set<StateKey>>())]
    return Object.fromEntries(own.map(([requisite, keys]) => [requisite, [...keys].sort()]))
  }
  const order = sortStates(all, key => Object.values(edgesOf(key)).flat(), sink)
  return { states: order.map(state => ({ state, edges: edgesOf(state.key) })) }
}

function refuseSameKeys(states: readonly ResolvedState[], sink: ProblemSink): readonly ResolvedState[] {
  const byKey = new Map<StateKey, ResolvedState>()
  for (const state of states) {
    const known = byKey.get(state.key)
    if (known === undefined) {
      byKey.set(state.key, state)
      continue
    }
    const [first] = known.declaredAt
    const [second] = state.declaredAt
    sink.add({
      code: 'ID_TWICE',
      message: `\`${state.type}\` has the id \`${state.id}\` twice in the role \`${state.role}\``,
      hint: 'Put the loop variable into the id, such as `"database {{db.name}}"`.',
      ...(second === undefined ? {} : { source: second }),
      ...(first === undefined ? {} : { related: [first] }),
    })
  }
  return [...byKey.values()]
}

interface Merged {
  readonly entries: readonly { readonly state: ResolvedState }[]
}

/** Merges two declarations of the same resource if they are equal; otherwise reports a problem that shows both. */
function mergeEqual(states: readonly ResolvedState[], sink: ProblemSink): Merged {
  const owners = new Map<string, number>()
  const kept: { state: ResolvedState }[] = []
  for (const state of states) {
    const index = state.owns === undefined ? undefined : owners.get(state.owns)
    const owner = index === undefined ? undefined : kept[index]
    if (owner === undefined) {
      if (state.owns !== undefined) owners.set(state.owns, kept.length)
      kept.push({ state })
      continue
    }
    const { state: first } = owner
    const same = first.type === state.type && canonicalJson(first.params) === canonicalJson(state.params)
    if (same) {
      owner.state = merge(first, state)
      continue
    }
    const [one] = first.declaredAt
    const [other] = state.declaredAt
    sink.add({
      code: 'DECLARED_TWICE',
      message: `\`${first.type}\` \`${first.name}\` is declared twice, differently: in ${one === undefined ? first.role : formatPosition(one)} and ${other === undefined ? state.role : formatPosition(other)}`,
      hint: 'Remove one of the two, or make them equal.',
      ...(other === undefined ? {} : { source: other }),
      ...(one === undefined ? {} : { related: [one] }),
    })
  }
  return { entries: kept }
}

/** Each declaration keeps its own requisites, because references are resolved in the role that declares them. */
function merge(first: ResolvedState, second: ResolvedState): ResolvedState {
  const declaredAt = [...first.declaredAt, ...second.declaredAt]
  return { ...first, declaredAt, duplicates: [...(first.duplicates ?? []), second] }
}

function withTwins(state: ResolvedState): readonly ResolvedState[] {
  return [state, ...(state.duplicates ?? [])]
}

interface Search {
  /** The role that contains the reference. */
  readonly role: string
  readonly states: readonly ResolvedState[]
  readonly included: (role: string) => readonly string[]
  readonly sink: ProblemSink
}

/** Resolves a reference in its own role, then in included ones. An unknown or ambiguous reference goes into the sink. */
export function findStates(
  reference: Reference,
  { role: asking, states, included, sink }: Search,
): readonly StateKey[] {
  const roles = included(asking)
  const index = stateIndex(states)
  if (reference.type === 'role' && roles.includes(reference.name)) {
    const found = index.ofRole(reference.name)
    if (found.length > 0) return found.map(({ key }) => key)
  }
  const isTyped = (other: ResolvedState): boolean => {
    return other.type === reference.type || other.type.startsWith(`${reference.type}.`)
  }
  for (const role of roles) {
    const found = index
      .named(role, reference.name)
      .filter(state =>
        withTwins(state).some(one => one.role === role && isTyped(one) && namesOf(one).includes(reference.name)),
      )
    const [only, ...others] = found
    if (only !== undefined && others.length === 0) return [only.key]
    if (only !== undefined) {
      const names = found.map(other => `\`${other.type}\` \`${other.id}\``).join(', ')
      sink.add({
        code: 'REQUISITE_AMBIGUOUS',
        message: `\`${reference.type}: ${reference.name}\` matches several states: ${names}`,
        hint: `Write the full type, such as \`{${only.type}: ${only.id}}\`.`,
        source: reference.position,
      })
      return []
    }
  }
  const near = suggest(
    reference.name,
    states.filter(other => roles.includes(other.role) && isTyped(other)).flatMap(({ id, name }) => [id, name]),
  )
  sink.add({
    code: 'REQUISITE_UNKNOWN',
    message: `there is no state \`${reference.type}: ${reference.name}\` in the role \`${asking}\` or one that it includes`,
    hint:
      near === undefined
        ? 'Name a state by its type and id, such as `{pkg: nginx}`.'
        : `Did you mean \`{${reference.type}: ${near}}\`?`,
    source: reference.position,
  })
  return []
}

function sortStates(
  states: readonly ResolvedState[],
  requires: (key: StateKey) => readonly StateKey[],
  sink: ProblemSink,
): readonly ResolvedState[] {
  const byKey = new Map(states.map(state => [state.key, state]))
  const inOrder = states
    .map((state, index) => ({ state, index }))
    .sort((a, b) => compareOrder(a.state.global.order, b.state.global.order) || a.index - b.index)
  const done = new Set<StateKey>()
  const sorted: ResolvedState[] = []
  for (const { state } of inOrder) {
    if (!done.has(state.key)) sortFrom(state, { byKey, requires, done, sorted, sink })
  }
  return sorted
}

interface Sorting {
  readonly byKey: ReadonlyMap<StateKey, ResolvedState>
  readonly requires: (key: StateKey) => readonly StateKey[]
  readonly done: Set<StateKey>
  readonly sorted: ResolvedState[]
  readonly sink: ProblemSink
}

/** Not recursive: a chain of requisites can be as long as the catalog. */
function sortFrom(start: ResolvedState, { byKey, requires, done, sorted, sink }: Sorting): void {
  const path = new Map<ResolvedState, Iterator<StateKey>>([[start, requires(start.key)[Symbol.iterator]()]])
  const visits = [start]
  for (let state = visits.at(-1); state !== undefined; state = visits.at(-1)) {
    const next = path.get(state)?.next()
    if (next === undefined || next.done === true) {
      visits.pop()
      path.delete(state)
      done.add(state.key)
      sorted.push(state)
      continue
    }
    const other = byKey.get(next.value)
    if (other === undefined || done.has(other.key)) continue
    if (path.has(other)) {
      sink.add(circleOf([...visits.slice(visits.indexOf(other)), other]))
      continue
    }
    path.set(other, requires(other.key)[Symbol.iterator]())
    visits.push(other)
  }
}

function circleOf(circle: readonly ResolvedState[]): Problem {
  const [first] = circle.flatMap(({ declaredAt }) => declaredAt.slice(0, 1))
  return {
    code: 'REQUISITE_CIRCLE',
    message: `states require each other: ${circle.map(({ type, id }) => `${type} \`${id}\``).join(' -> ')}`,
    hint: 'Remove one of these requisites.',
    ...(first === undefined ? {} : { source: first }),
    related: circle.slice(1, -1).flatMap(({ declaredAt }) => declaredAt.slice(0, 1)),
  }
}

/** Compares without subtraction, because Infinity minus Infinity is NaN. */
function compareOrder(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1
}
