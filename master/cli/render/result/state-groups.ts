import type { StateResult } from '../../../../protocol/report.ts'
import type { Show } from './show.ts'
import type { ShownRun } from './shown-run.ts'

/** Minions on which a state came to the very same. */
export interface Variant {
  readonly minions: string[]
  readonly result: StateResult
}

/** A state of a role that had the same outcome on these minions, with what differs between them. */
export interface StateGroup {
  readonly first: StateResult
  readonly minions: string[]
  /** Those of most minions first. */
  readonly variants: readonly Variant[]
  readonly mostMs: number
}

/** States by role, id and outcome, in the order in which they ran; without diffs, those that differ in them are equal. Linear in states and minions. Pure. */
export function groupStates(
  runs: readonly ShownRun[],
  isWanted: (result: StateResult) => boolean,
  diff: Show['diff'],
): readonly StateGroup[] {
  const groups = new Map<
    string,
    { first: StateResult; minions: string[]; mostMs: number; variants: Map<string, Variant> }
  >()
  for (const { minion, rounds, results } of runs) {
    const seen = new Map<string, number>()
    for (const result of results) {
      if (!isWanted(result)) continue
      // A state that changed in two rounds has an entry for each.
      const nth = rounds === 1 ? 0 : (seen.get(result.key) ?? 0)
      if (rounds > 1) seen.set(result.key, nth + 1)
      const key = `${result.outcome} ${nth} ${result.key}`
      let group = groups.get(key)
      if (group === undefined) {
        group = { first: result, minions: [], mostMs: 0, variants: new Map() }
        groups.set(key, group)
      }
      group.minions.push(minion)
      group.mostMs = Math.max(group.mostMs, result.durationMs)
      const same = signatureOf(result, diff)
      const variant = group.variants.get(same)
      if (variant === undefined) group.variants.set(same, { minions: [minion], result })
      else variant.minions.push(minion)
    }
  }
  return [...groups.values()].map(({ variants, ...group }) => {
    return { ...group, variants: [...variants.values()].sort((a, b) => b.minions.length - a.minions.length) }
  })
}

/** All of a result that a person reads; lines around a change may differ. */
function signatureOf({ actions, note, output, diff, problem }: StateResult, how: Show['diff']): string {
  const changed =
    how === 'none' ? undefined : diff?.split('\n').filter(line => line.startsWith('+') || line.startsWith('-'))
  return JSON.stringify([actions.map(({ summary }) => summary), note, output, changed, problem])
}
