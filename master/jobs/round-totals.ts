import type { StateOutcome } from '../../protocol/outcomes.ts'
import type { OutcomeCounts, RunState } from '../../protocol/report.ts'
import type { RunOutcome, RunTotal } from './results.ts'

/** The outcome of a state in one round. */
interface StateRound {
  readonly key: string
  readonly outcome: StateOutcome
}

/** Outcomes of a state and states of a run, most severe first: of two, the first one listed wins. */
const STATES: readonly StateOutcome[] = [
  'failed',
  'reverted',
  'interrupted',
  'blocked',
  'not-run',
  'changed',
  'would-change',
  'may-change',
  'skipped',
  'unchanged',
]
const RUNS: readonly RunState[] = [
  'failed',
  'cancelled',
  'superseded',
  'expired',
  'running',
  'accepted',
  'sent',
  'queued',
  'done',
]

/**
 * Merges all rounds of one minion into one result: each state once with its most severe outcome, and the total duration.
 * `rounds` are in order and not empty; `states` are all states of a round's report, including unchanged ones. A state that
 * waited for another one in an earlier round (`blocked`, `not-run`, `skipped`) takes its outcome from a later round. Pure.
 */
export function totalOf(
  rounds: readonly {
    readonly run: Pick<RunOutcome, 'minion' | 'state' | 'durationMs'>
    readonly states: readonly StateRound[]
  }[],
): RunTotal {
  const outcomes = new Map<string, StateOutcome>()
  for (const { key, outcome } of rounds.flatMap(({ states }) => states)) {
    const before = outcomes.get(key)
    outcomes.set(key, before === undefined || isProvisional(before) ? outcome : first(STATES, before, outcome))
  }
  const counts: { [outcome in StateOutcome]?: number } = {}
  for (const outcome of outcomes.values()) counts[outcome] = (counts[outcome] ?? 0) + 1
  const runs = rounds.map(({ run }) => run)
  return {
    minion: runs[0]?.minion ?? '',
    rounds: runs.length,
    state: runs.map(({ state }) => state).reduce((a, b) => first(RUNS, a, b)),
    counts: counts satisfies OutcomeCounts,
    durationMs: runs.reduce((sum, { durationMs = 0 }) => sum + durationMs, 0),
  }
}

export function isProvisional(outcome: StateOutcome): boolean {
  return outcome === 'blocked' || outcome === 'not-run' || outcome === 'skipped'
}

function first<Word>(order: readonly Word[], a: Word, b: Word): Word {
  return order.indexOf(a) <= order.indexOf(b) ? a : b
}
