import type { Problem } from '../../protocol/errors.ts'
import type { Document } from '../delivery/document.ts'
import type { LeftOutMinion, OfflineMinion, RunOutcome } from '../jobs/results.ts'
import type { ScheduledRun } from '../store/tables/schedules.ts'

/** The result of a scheduled run that ordered a job. */
export interface ScheduledRunResult {
  readonly runs: readonly RunOutcome[]
  readonly offline: readonly OfflineMinion[]
  /** Minions that could not be compiled or encrypted for. */
  readonly leftOut: readonly LeftOutMinion[]
  /** Why nothing could be ordered. */
  readonly problems: readonly Problem[]
}

/** Returns `done` when every run is done, no minion was left out, and not all of them were offline. Pure. */
export function outcomeOf({ runs, offline, leftOut, problems }: ScheduledRunResult): 'done' | 'failed' {
  if (leftOut.length > 0) return 'failed'
  if (runs.length === 0 && offline.length > 0) return 'failed'
  return problems.length === 0 && runs.every(({ state }) => state === 'done') ? 'done' : 'failed'
}

/** Writes a short mail about a scheduled apply or test. Pure. */
export function summaryOf(scheduledRun: ScheduledRun, result: ScheduledRunResult): Document {
  const { schedule, due, order } = scheduledRun
  const counts = Map.groupBy(result.runs, ({ state }) => state)
  const said = [...counts].map(([state, runs]) => `${runs.length} ${state}`)
  if (result.offline.length > 0) said.push(`${result.offline.length} offline`)
  if (result.leftOut.length > 0) said.push(`${result.leftOut.length} left out`)
  if (result.problems.length > 0) said.push('nothing was started')
  const lines = [
    `${order.verb} ${order.target}, due ${due}`,
    '',
    ...result.problems.flatMap(({ code, message, hint }) => [
      `${code}: ${message}`,
      ...(hint === undefined ? [] : [hint]),
    ]),
    ...result.runs.flatMap(runLines),
    ...result.leftOut.flatMap(({ minion, problems }) => [
      `${minion}  left out`,
      ...problems.map(({ code, message }) => `  ${code}: ${message}`),
    ]),
    ...result.offline.map(({ minion, since }) => `${minion}  offline${since === undefined ? '' : ` since ${since}`}`),
  ]
  return {
    subject: `[saltern] ${schedule}: ${order.verb} ${order.target}: ${said.join(', ') || 'no minions'}`,
    text: `${lines.map(plain).join('\n')}\n`,
    attachments: [],
  }
}

function runLines({ minion, state, counts, results, problem }: RunOutcome): readonly string[] {
  const numbers = Object.entries(counts ?? {}).map(([outcome, count]) => `${count} ${outcome}`)
  return [
    `${minion}  ${state}  ${numbers.join(', ')}`,
    ...(problem === undefined ? [] : [`  ${problem.code}: ${problem.message}`]),
    ...results
      .filter(({ outcome }) => outcome !== 'unchanged')
      .map(({ outcome, key, problem: own }) => `  ${outcome}  ${key}${own === undefined ? '' : `: ${own.message}`}`),
  ]
}

/** Removes everything that a terminal or mail reader would interpret from a text of a minion or file. */
function plain(line: string): string {
  return line.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ')
}
