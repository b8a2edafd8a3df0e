import type { SourcePosition } from '../../../protocol/source.ts'
import type { FleetProblem } from '../../control/fleet-problem.ts'
import { byMinion, minionCount } from './minion-names.ts'
import { alikeKey } from './own-id.ts'

/** A problem, and the other places where it was found. */
export interface AlikeProblem extends FleetProblem {
  readonly elsewhere: readonly SourcePosition[]
}

/** Merges problems that differ only in the id of their minion or in their position. Linear. Pure. */
export function alikeProblems(problems: readonly FleetProblem[]): readonly AlikeProblem[] {
  const groups = new Map<string, { first: FleetProblem; minions: Set<string>; places: Map<string, SourcePosition> }>()
  for (const problem of problems) {
    const { minions = [], source, excerpt: _line, message, hint, ...literal } = problem
    const [only] = minions.length === 1 ? minions : []
    const key = alikeKey({ literal: [literal, source?.file], texts: [message, hint] }, only)
    const group = groups.get(key) ?? { first: problem, minions: new Set(), places: new Map() }
    groups.set(key, group)
    for (const minion of minions) group.minions.add(minion)
    if (source !== undefined) group.places.set(`${source.line}:${source.column}`, source)
  }
  return [...groups.values()].map(({ first, minions, places }) => {
    const elsewhere = [...places.values()].slice(1)
    if (minions.size === 0) return { ...first, elsewhere }
    const sorted = [...minions].map(minion => ({ minion })).sort(byMinion)
    return { ...ofMany(first, sorted.length), elsewhere, minions: sorted.map(({ minion }) => minion) }
  })
}

/** Says `for 26 minions` where the first of them would be named: the list of minions is a line of its own. */
function ofMany(problem: FleetProblem, count: number): FleetProblem {
  const [only] = problem.minions?.length === 1 ? problem.minions : []
  if (only === undefined || count < 2) return problem
  const message = problem.message.replace(` for ${only}:`, ` for ${minionCount(count)}:`)
  return { ...problem, message }
}
