import type { SourceFunction } from './functions.ts'

/** A call in one process, with functions as indexes into the list of all; -1 and -2 when the caller is not one of ours. */
export interface Call {
  readonly from: number
  readonly to: number
}

/** The calls of each process, by its name. */
export type Calls = { readonly [process: string]: readonly Call[] }

export interface WalkedFunction {
  readonly fn: SourceFunction
  readonly step: string | undefined
  /** Steps that it calls and that call nothing outside of their own file. */
  readonly leaves: readonly { readonly fn: SourceFunction; readonly step: string }[]
}

export interface Walk {
  /** Functions of each process in the order in which they are first reached, each in the first process that reaches it. */
  readonly processes: { readonly [process: string]: readonly WalkedFunction[] }
  /** All named functions that were called. */
  readonly called: ReadonlySet<string>
  readonly passThrough: readonly string[]
  /** Functions on the walk, or around one that is, with more lines than allowed. */
  readonly long: readonly string[]
}

const LONGEST_FUNCTION = 60

interface Plan {
  readonly entries: readonly string[]
  readonly steps: { readonly [step: string]: readonly string[] }
}

/** `master/cli/run.ts runCall`. Pure. */
export function keyOf({ file, name }: SourceFunction): string {
  return `${file} ${name ?? ''}`
}

/**
 * The functions that lie on a path of calls from an entry to a step. A function without a name belongs to the one around it,
 * wherever it runs. Pure. Throws for an entry or a step that was not called.
 */
export function walkOf(functions: readonly SourceFunction[], calls: Calls, { entries, steps }: Plan): Walk {
  const named = Object.entries(steps).flatMap(([step, ends]) => ends.map(end => ({ end, step })))
  const stepOf = (fn: SourceFunction): string | undefined => named.find(({ end }) => isNamed(fn, end))?.step
  const graph = graphOf(functions, calls)
  const called = [...new Set([...graph.called.values()].flatMap(ids => [...ids]))].flatMap(id => functions[id] ?? [])
  const missing = [...entries, ...named.map(({ end }) => end)].filter(end => !called.some(fn => isNamed(fn, end)))
  if (missing.length > 0) {
    throw new Error(
      `not called during the apply: ${missing.join(', ')}; name what does it now in scripts/docs/walk/steps.ts`,
    )
  }
  const ids = (wanted: (fn: SourceFunction) => boolean): readonly number[] => called.filter(wanted).map(({ id }) => id)
  const leading = reachable(
    ids(fn => stepOf(fn) !== undefined),
    graph.up,
  )
  const isLeaf = (fn: SourceFunction): boolean => {
    return [...reachable([fn.id], graph.down)].every(id => functions[id]?.file === fn.file)
  }
  const isEntry = (fn: SourceFunction): boolean => entries.some(end => isNamed(fn, end))
  const seen = new Set<number>()
  const walked = [...graph.called].map(([process, own]) => {
    const reached = reachable(
      ids(fn => isEntry(fn) && own.has(fn.id)),
      graph.down,
    )
    const list = [...reached].flatMap(id => {
      const fn = functions[id]
      if (fn === undefined || !own.has(id) || !leading.has(id) || seen.has(id) || isLeaf(fn)) return []
      seen.add(id)
      const leaves = [...(graph.down.get(id) ?? [])].flatMap(leaf => functions[leaf] ?? []).filter(isLeaf)
      const ends = leaves.flatMap(leaf => {
        const step = stepOf(leaf)
        return step === undefined ? [] : [{ fn: leaf, step }]
      })
      return [{ fn, step: stepOf(fn), leaves: ends }]
    })
    return [process, list] as const
  })
  const all = walked.flatMap(([, list]) => list.map(({ fn }) => fn))
  return {
    processes: Object.fromEntries(walked),
    called: new Set(called.map(keyOf)),
    passThrough: all.filter(fn => fn.passesThrough && graph.down.get(fn.id)?.size === 1).map(keyOf),
    long: functions.filter(fn => isLong(fn) && all.some(inner => isWithin(inner, fn))).map(longText),
  }
}

function isNamed(fn: SourceFunction, end: string): boolean {
  return `/${keyOf(fn)}`.endsWith(`/${end}`)
}

function isLong({ name, lines }: SourceFunction): boolean {
  return name !== undefined && lines > LONGEST_FUNCTION
}

function isWithin(inner: SourceFunction, outer: SourceFunction): boolean {
  return inner.file === outer.file && outer.start <= inner.start && inner.end <= outer.end
}

function longText(fn: SourceFunction): string {
  return `${keyOf(fn)} (${fn.lines} lines)`
}

interface Graph {
  /** The functions of each process. */
  readonly called: ReadonlyMap<string, ReadonlySet<number>>
  readonly down: ReadonlyMap<number, ReadonlySet<number>>
  readonly up: ReadonlyMap<number, ReadonlySet<number>>
}

function graphOf(functions: readonly SourceFunction[], calls: Calls): Graph {
  const called = new Map<string, Set<number>>()
  const down = new Map<number, Set<number>>()
  const up = new Map<number, Set<number>>()
  const add = (edges: Map<number, Set<number>>, from: number, to: number): void => {
    edges.set(from, (edges.get(from) ?? new Set()).add(to))
  }
  for (const [process, made] of Object.entries(calls)) {
    const own = new Set<number>()
    called.set(process, own)
    const ran = new Set(made.map(({ to }) => to))
    for (const call of made) {
      const callee = functions[call.to]
      const [from, to] = [functions[call.from]?.owner, callee?.owner]
      if (callee === undefined || to === undefined) continue
      own.add(to)
      // Whoever runs a callback, such as a queue, is no hop: it was handed in by the function around it.
      const isHandedIn = callee.name === undefined && callee.around !== undefined && ran.has(callee.around)
      if (from === undefined || from === to || isHandedIn) continue
      add(down, from, to)
      add(up, to, from)
    }
  }
  return { called, down, up }
}

/** Everything reachable from these, including themselves, depth first. */
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
