import type { Problem } from '../../../../protocol/errors.ts'
import type { StateResult } from '../../../../protocol/report.ts'
import type { ApplyResult, LeftOutMinion, OfflineMinion } from '../../../jobs/results.ts'
import type { ReportResult } from '../../../verbs/jobs.ts'
import { problemsKey } from '../own-id.ts'
import { reportedRuns } from '../report.ts'
import { sumText } from '../result/recap.ts'
import { type ShownRun, shownRuns } from '../result/shown-run.ts'

/** What every output format for machines shows of an apply, a test or reports. */
export interface Summary {
  readonly verb: ApplyResult['verb'] | 'report'
  readonly runs: readonly ShownRun[]
  readonly offline: readonly OfflineMinion[]
  /** Nothing was ordered for these. */
  readonly leftOut: readonly LeftOutMinion[]
  /** Not compiled, since others have not reported yet what they read. */
  readonly waiting: readonly LeftOutMinion[]
  readonly warnings: readonly Problem[]
  /** Absent: reports of several jobs. */
  readonly job?: string
  /** The fleet directory as it was read. */
  readonly revision?: string
}

export function summaryOfApply(result: ApplyResult): Summary {
  const { verb, offline, leftOut = [], waiting = [], warnings = [], job, git, revision } = result
  const runs = shownRuns([...(result.earlier ?? []), ...result.runs], result.totals)
  return { verb, runs, offline, leftOut, waiting, warnings, job, revision: git ?? revision }
}

export function summaryOfReports(result: ReportResult): Summary {
  const jobs = new Set([...result.reports, ...result.without].map(({ job }) => job))
  const [job] = jobs
  return {
    verb: 'report',
    runs: reportedRuns(result),
    offline: [],
    leftOut: [],
    waiting: [],
    warnings: [],
    ...(jobs.size === 1 && job !== undefined ? { job } : {}),
  }
}

/** `20 minions: 17 done, 3 failed; states: 51 changed, 3 failed, 5934 unchanged`. Pure. */
export function sumOf({ runs, offline, leftOut, waiting }: Summary): string {
  return sumText(runs, offline.length, leftOut.length, waiting.length)
}

/** A state that went wrong itself: what did not run because of it is no failure of its own. Pure. */
export function isRootFailure({ outcome }: Pick<StateResult, 'outcome'>): boolean {
  return outcome === 'failed' || outcome === 'reverted' || outcome === 'interrupted'
}

/** True: the run came to nothing as a whole, and not by one of its states or checks. Pure. */
export function isUnexplained({ state, problem, results, checks }: ShownRun): boolean {
  const isExplained = results.some(isRootFailure) || checks.some(({ outcome }) => outcome === 'failed')
  return state !== 'done' && (problem !== undefined || !isExplained)
}

/** Everything that a person needs to know of a problem, as lines. Pure. */
export function problemLines({ code, message, hint }: Problem): readonly string[] {
  return [`${code}: ${message.trimEnd()}`, ...(hint === undefined ? [] : [`hint: ${hint}`])]
}

/** A key under which failed runs of several minions are alike but for their ids. Pure. */
export function runKey({ minion, state, problem }: ShownRun): string {
  return `${state}${problemsKey(problem === undefined ? [] : [problem], minion)}`
}
