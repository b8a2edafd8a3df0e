import type { SourceFunction } from './functions.ts'

/** Calls of one process, as functions by their place in the list of all; -1 and -2: called by none of ours. */
export interface Call {
  readonly from: number
  readonly to: number
}

/** The calls of each process, by its name. */
export type Calls = { readonly [process: string]: readonly Call[] }

export interface WalkedFunction {
  /** `master/cli/run.ts show` */
  readonly key: string
  readonly fn: SourceFunction
  readonly step: string | undefined
}

export interface Walk {
  /** Functions of each process in the order in which they are first reached. */
  readonly processes: { readonly [process: string]: readonly WalkedFunction[] }
  /** All functions with a name that were called at all. */
  readonly called: ReadonlySet<string>
  readonly passThrough: readonly string[]
  /** Functions of more lines than allowed, on the walk or around one that is. */
  readonly long: readonly string[]
}

const LONGEST_FUNCTION = 60

interface Plan {
  readonly entries: readonly string[]
  readonly steps: { readonly [step: string]: readonly string[] }
}

/**
 * The functions that lie on a path of calls from an entry to a step. A function without a name belongs to the one that
 * holds it. Pure. Throws for an entry or a step that was not called.
 */
export function walkOf(functions: readonly SourceFunction[], calls: Calls, { entries, steps }: Plan): Walk {
  const named = Object.entries(steps).flatMap(([step, ends]) => ends.map(end => ({ end, step })))
  const stepOf = (key: string): string | undefined => named.find(({ end }) => `/${key}`.endsWith(`/${end}`))?.step
  const nameOf = (id: number): string => `${functions[id]?.file ?? ''} ${functions[id]?.name ?? ''}`
  const graphs = Object.entries(calls).map(([process, made]) => [process, graphOf(functions, made)] as const)
  const called = new Set(graphs.flatMap(([, graph]) => [...graph.called].map(nameOf)))
  const wanted = [...entries, ...named.map(({ end }) => end)]
  const missing = wanted.filter(end => ![...called].some(key => `/${key}`.endsWith(`/${end}`)))
  if (missing.length > 0) throw new Error(`not called during the apply: ${missing.join(', ')}`)
  const walks = graphs.map(([process, { down, up, called: ids }]) => {
    const within = (is: (key: string) => boolean): readonly number[] => [...ids].filter(id => is(nameOf(id)))
    const reached = reachable(
      within(key => entries.some(end => `/${key}`.endsWith(`/${end}`))),
      down,
    )
    const leading = reachable(
      within(key => stepOf(key) !== undefined),
      up,
    )
    const walked = [...reached].filter(id => leading.has(id))
    return [process, walked] as const
  })
  const ids = new Set(walks.flatMap(([, walked]) => walked))
  const callees = (id: number): readonly number[] => graphs.flatMap(([, { down }]) => [...(down.get(id) ?? [])])
  const listed = (id: number): readonly WalkedFunction[] => {
    const [fn, key] = [functions[id], nameOf(id)]
    return fn === undefined ? [] : [{ key, fn, step: stepOf(key) }]
  }
  const around = functions.filter(({ file, start, end }) =>
    [...ids].some(id => functions[id]?.file === file && start <= functions[id].start && functions[id].end <= end),
  )
  return {
    processes: Object.fromEntries(walks.map(([process, walked]) => [process, walked.flatMap(listed)])),
    called,
    passThrough: [...ids].filter(id => functions[id]?.passesThrough && new Set(callees(id)).size === 1).map(nameOf),
    long: around
      .filter(({ lines, name }) => lines > LONGEST_FUNCTION && name !== undefined)
      .map(({ id, lines }) => `${nameOf(id)} (${lines} lines)`),
  }
}

interface Graph {
  readonly called: ReadonlySet<number>
  readonly down: ReadonlyMap<number, ReadonlySet<number>>
  readonly up: ReadonlyMap<number, ReadonlySet<number>>
}

function graphOf(functions: readonly SourceFunction[], calls: readonly Call[]): Graph {
  const called = new Set<number>()
  const down = new Map<number, Set<number>>()
  const up = new Map<number, Set<number>>()
  const add = (edges: Map<number, Set<number>>, from: number, to: number): void => {
    edges.set(from, (edges.get(from) ?? new Set()).add(to))
  }
  for (const call of calls) {
    const [from, to] = [functions[call.from]?.owner, functions[call.to]?.owner]
    if (to === undefined) continue
    called.add(to)
    if (from === undefined || from === to) continue
    add(down, from, to)
    add(up, to, from)
  }
  return { called, down, up }
}

/** All that is reached from these, themselves included, depth first. */
function reachable(from: readonly number[], edges: ReadonlyMap<number, ReadonlySet<number>>): ReadonlySet<number> {
  const found = new Set<number>()
  const visit = (id: number): void => {
    if (found.has(id)) return
    found.add(id)
    for (const next of edges.get(id) ?? []) visit(next)
  }
  for (const id of from) visit(id)
  return found
}
