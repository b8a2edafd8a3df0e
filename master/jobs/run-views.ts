import type { JobId } from '../../protocol/ids.ts'
import type { Report } from '../../protocol/report.ts'
import { createPace } from '../control/pace.ts'
import type { Store } from '../store/open.ts'
import type { Job } from '../store/tables/jobs.ts'
import type { Run } from '../store/tables/run-row.ts'
import { isDryRun } from './job-kind.ts'
import type { JobRow, RunOutcome, RunRow } from './results.ts'

/** Converts rows of the store into results. */

export function runRow(store: Pick<Store, 'jobs'>, run: Run, job = store.jobs.head(run.job)): RunRow {
  return {
    run: run.id,
    job: run.job,
    minion: run.minion,
    test: job !== undefined && isDryRun(job),
    state: run.state,
    wave: run.wave,
    queuedAt: run.queuedAt,
    ...(run.finishedAt === undefined ? {} : { finishedAt: run.finishedAt }),
    ...(run.counts === undefined ? {} : { counts: run.counts }),
    ...(run.problem === undefined ? {} : { problem: run.problem }),
    ...(run.supersededBy === undefined ? {} : { supersededBy: run.supersededBy }),
  }
}

type Reported = Pick<Store, 'jobs' | 'reports'>

interface Looked {
  /** Called with each complete report. */
  readonly look?: (run: Run, report: Report) => void
  /** Include results of unchanged states. */
  readonly unchanged?: boolean
}

/** Returns a run with the results of its report; unchanged states are left out unless requested. */
export function runOutcome(
  store: Reported,
  run: Run,
  job = store.jobs.head(run.job),
  { look, unchanged = false }: Looked = {},
): RunOutcome {
  const report = run.report === undefined ? undefined : store.reports.get(run.id)
  const row = runRow(store, run, job)
  if (report !== undefined) look?.(run, report)
  if (report === undefined) return { ...row, results: [], checks: [], owed: [] }
  const results = unchanged ? report.results : report.results.filter(({ outcome }) => outcome !== 'unchanged')
  const problem = row.problem ?? report.problem
  return {
    ...row,
    durationMs: report.durationMs,
    ...(problem === undefined ? {} : { problem }),
    results,
    checks: report.checks ?? [],
    owed: report.owed,
    ...(report.orphans === undefined ? {} : { orphans: report.orphans }),
  }
}

/** Returns the outcomes of all runs of a job. Yields in between, because each run may unpack a large report. */
export async function outcomesOf(
  store: Reported & Pick<Store, 'runs'>,
  job: JobId,
  { known, ...looked }: Looked & { readonly known?: (run: Run) => RunOutcome | undefined } = {},
): Promise<readonly RunOutcome[]> {
  const head = store.jobs.head(job)
  const pace = createPace()
  const outcomes: RunOutcome[] = []
  for (const run of store.runs.ofJob(job)) {
    const before = known?.(run)
    const isNow = before?.state === run.state && before.finishedAt === run.finishedAt
    outcomes.push(before !== undefined && isNow ? before : runOutcome(store, run, head, looked))
    await pace()
  }
  return outcomes
}

export function jobRow(job: Job): JobRow {
  const { id, verb, origin, target, operator, revision, git, dirty, createdAt, expiresAt, runs } = job
  return {
    job: id,
    verb,
    origin,
    target,
    operator,
    ...(revision === undefined ? {} : { revision }),
    ...(git === undefined ? {} : { git }),
    ...(dirty === undefined ? {} : { dirty }),
    createdAt,
    expiresAt,
    runs,
  }
}
