import type { Problem } from '../../protocol/errors.ts'
import { canonicalJson } from '../../protocol/json.ts'

/** A problem of the fleet directory, with the minions it affects. */
export interface FleetProblem extends Problem {
  /** Absent: the problem belongs to no particular minion. */
  readonly minions?: readonly string[]
}

/** Merges equal problems and lists all their minions, in the order in which they were found. Linear. Pure. */
export function sharedProblems(
  found: readonly { readonly minion: { readonly id: string }; readonly problems: readonly Problem[] }[],
): readonly FleetProblem[] {
  const shared = new Map<string, { readonly problem: Problem; readonly minions: string[] }>()
  for (const { minion, problems } of found) {
    for (const problem of problems) {
      const key = canonicalJson(problem)
      const known = shared.get(key)
      if (known === undefined) shared.set(key, { problem, minions: [minion.id] })
      else if (known.minions.at(-1) !== minion.id) known.minions.push(minion.id)
    }
  }
  return [...shared.values()].map(({ problem, minions }) => ({ ...problem, minions }))
}
