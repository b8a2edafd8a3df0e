import type { SourcePosition } from '../../../protocol/source.ts'
import type { FleetProblem } from '../../control/fleet-problem.ts'
import { byMinion } from './minion-names.ts'

/** An id as it stands in a text: a word of its own. */
const ID = /[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?/g

/** A problem, and where else the same was found. */
export interface AlikeProblem extends FleetProblem {
  readonly elsewhere: readonly SourcePosition[]
}

/** Problems that say the same but for the id of their minion or their place are one, with all of these. Linear. Pure. */
export function alikeProblems(problems: readonly FleetProblem[]): readonly AlikeProblem[] {
  const groups = new Map<string, { first: FleetProblem; minions: Set<string>; places: Map<string, SourcePosition> }>()
  for (const problem of problems) {
    const { minions = [], source, excerpt: _line, ...text } = problem
    const key = withoutId(JSON.stringify([text, source?.file]), minions)
    const group = groups.get(key) ?? { first: problem, minions: new Set(), places: new Map() }
    groups.set(key, group)
    for (const minion of minions) group.minions.add(minion)
    if (source !== undefined) group.places.set(`${source.line}:${source.column}`, source)
  }
  return [...groups.values()].map(({ first, minions, places }) => {
    const elsewhere = [...places.values()].slice(1)
    if (minions.size === 0) return { ...first, elsewhere }
    const sorted = [...minions].map(minion => ({ minion })).sort(byMinion)
    return { ...first, elsewhere, minions: sorted.map(({ minion }) => minion) }
  })
}

/** The text with a sign in place of the id of its minion, where it has only one. Pure. */
export function withoutId(text: string, [id, ...others]: readonly string[]): string {
  if (id === undefined || others.length > 0) return text
  return text.replaceAll(ID, word => (word === id ? '\0' : word))
}
