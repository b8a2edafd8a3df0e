import type { CheckResult } from '../../../../protocol/checks.ts'
import type { Problem } from '../../../../protocol/errors.ts'
import { STATE_OUTCOMES } from '../../../../protocol/outcomes.ts'
import type { Orphan, OutcomeCounts, Report, RunState, StateResult } from '../../../../protocol/report.ts'
import type { RunOutcome, RunTotal } from '../../../jobs/results.ts'
import { isProvisional, totalOf } from '../../../jobs/round-totals.ts'
import { byMinion } from '../minion-names.ts'

/** Result of one minion in a job, with all rounds merged. */
export interface ShownRun {
  readonly minion: string
  readonly state: RunState
  readonly test: boolean
  readonly rounds: number
  /** Absent when there is no report. */
  readonly counts?: OutcomeCounts
  readonly durationMs?: number
  /** In the order of execution; a state that changed in two rounds appears twice. */
  readonly results: readonly StateResult[]
  readonly checks: readonly CheckResult[]
  readonly owed: Report['owed']
  readonly orphans: readonly Orphan[]
  readonly problem?: Problem
}

type Round = Pick<
  RunOutcome,
  'minion' | 'state' | 'test' | 'wave' | 'counts' | 'durationMs' | 'results' | 'checks' | 'owed' | 'orphans' | 'problem'
>

/**
 * Merges runs into one entry per minion, sorted by id. `runs` has all rounds, in any order; `totals`, if the master summed
 * them, also counts states that `runs` leave out. Pure.
 */
export function shownRuns(runs: readonly Round[], totals: readonly RunTotal[] = []): readonly ShownRun[] {
  const byId = Map.groupBy(runs, ({ minion }) => minion)
  const summed = new Map(totals.map(total => [total.minion, total]))
  return [...byId]
    .map(([minion, rounds]) => {
      const { counts } = summed.get(minion) ?? {}
      const one = oneOf(rounds.toSorted((a, b) => a.wave - b.wave))
      return counts === undefined ? one : { ...one, counts }
    })
    .sort(byMinion)
}

function oneOf(rounds: readonly Round[]): ShownRun {
  const last = rounds.at(-1)
  if (last === undefined) throw new TypeError('a minion without a run')
  const { minion, test, counts, durationMs, checks, owed, orphans = [], problem } = last
  if (rounds.length === 1) {
    return {
      minion,
      state: last.state,
      test,
      rounds: 1,
      results: last.results,
      checks,
      owed,
      orphans,
      ...(counts === undefined ? {} : { counts }),
      ...(durationMs === undefined ? {} : { durationMs }),
      ...(problem === undefined ? {} : { problem }),
    }
  }
  // The last report has the final result of what was provisional in an earlier round.
  const reported = rounds.findLastIndex(round => round.counts !== undefined)
  const changed = new Set<string>()
  const kept = rounds.map(({ results }, at) => {
    if (at >= reported) return results.filter(({ key, outcome }) => outcome !== 'unchanged' || !changed.has(key))
    const said = results.filter(({ outcome }) => outcome !== 'unchanged' && !isProvisional(outcome))
    for (const { key } of said) changed.add(key)
    return said
  })
  const total = totalOf(rounds.map((run, at) => ({ run, states: kept[at] ?? [] })))
  const failing = rounds.find(round => round.problem !== undefined)?.problem
  return {
    minion,
    state: total.state,
    test,
    rounds: rounds.length,
    results: kept.flat(),
    checks: checksOf(rounds),
    owed,
    orphans,
    counts: withUnchanged(total.counts, rounds[reported]?.counts),
    durationMs: total.durationMs,
    ...(failing === undefined ? {} : { problem: failing }),
  }
}

/** Adds the unchanged count. Results leave out unchanged states, so it is the rest of the last round. */
function withUnchanged(counts: OutcomeCounts, last: OutcomeCounts = {}): OutcomeCounts {
  const sum = (of: OutcomeCounts): number => STATE_OUTCOMES.reduce((all, outcome) => all + (of[outcome] ?? 0), 0)
  const { unchanged: _none, ...notable } = counts
  const unchanged = Math.max(sum(last) - sum(notable), 0)
  return unchanged === 0 ? notable : { ...notable, unchanged }
}

/** Merges checks by key; one that failed in any round counts as failed. */
function checksOf(rounds: readonly Round[]): readonly CheckResult[] {
  const checks = new Map<string, CheckResult>()
  for (const check of rounds.flatMap(round => round.checks)) {
    if (checks.get(check.key)?.outcome !== 'failed') checks.set(check.key, check)
  }
  return [...checks.values()]
}
