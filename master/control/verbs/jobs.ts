import { AppError } from '../../../protocol/errors.ts'
import { isJobId, isMinionId, isRunId, type JobId } from '../../../protocol/ids.ts'
import type { Run } from '../../store/run-row.ts'
import { isFinal } from '../../store/run-states.ts'
import type { ReportResult } from '../answers.ts'
import type { ControlContext } from '../context.ts'
import type { Verb } from '../dispatch.ts'
import { jobRow, outcomesOf, runRow } from '../run-views.ts'

/** The verbs about jobs and what came of them. */

export function jobsVerb({ store }: ControlContext): Verb<'jobs'> {
  return async ({ limit }) => ({ jobs: store.jobs.list(limit).map(jobRow) })
}

export function jobVerb({ store }: ControlContext): Verb<'job'> {
  return async ({ job: name }) => {
    const job = isJobId(name) ? store.jobs.get(name) : undefined
    if (job === undefined) throw unknown(name)
    return { job: jobRow(job), runs: outcomesOf(store, job.id) }
  }
}

export function cancelVerb({ store, conductor, sessions }: ControlContext): Verb<'job-cancel'> {
  return async ({ job: name }, _emit, _signal, { operator }) => {
    const job = isJobId(name) ? store.jobs.get(name) : undefined
    if (job === undefined) throw unknown(name)
    const cancelled: string[] = []
    const asked: string[] = []
    for (const run of store.runs.ofJob(job.id)) {
      if (isFinal(run.state)) continue
      // What no minion may have seen ends here; the others end when their minion says so.
      if (run.state === 'queued') {
        if (store.runs.cancel(run.id, operator)) cancelled.push(run.id)
      } else if (store.runs.orderCancel(run.id, operator) || run.cancelOrderedAt !== undefined) {
        asked.push(run.id)
        if (sessions.isHere(run.minion)) conductor.deliverMinion(run.minion)
      }
    }
    conductor.announce(job.id)
    return { job: job.id, cancelled, asked }
  }
}

export function reportVerb({ store }: ControlContext): Verb<'report'> {
  return async ({ of }): Promise<ReportResult> => {
    const runs = runsOf(of)
    const reports = runs.flatMap(run => store.reports.get(run.id) ?? [])
    const reported = new Set<string>(reports.map(({ run }) => run))
    return { reports, without: runs.filter(({ id }) => !reported.has(id)).map(run => runRow(store, run)) }
  }

  function runsOf(of: string | undefined): readonly Run[] {
    if (of === undefined) return ofLatest(store.jobs.list(1)[0]?.id)
    if (isRunId(of)) {
      const run = store.runs.get(of)
      if (run !== undefined) return [run]
    } else if (isJobId(of)) {
      if (store.jobs.get(of) !== undefined) return store.runs.ofJob(of)
    } else if (isMinionId(of)) {
      const minion = store.minions.get(of)
      const run = minion?.lastRun === undefined ? undefined : store.runs.get(minion.lastRun.id)
      if (run !== undefined) return [run]
      if (minion !== undefined) return []
    }
    throw unknown(of)
  }

  function ofLatest(job: JobId | undefined): readonly Run[] {
    return job === undefined ? [] : store.runs.ofJob(job)
  }
}

function unknown(name: string): AppError {
  return new AppError({
    code: 'JOB_UNKNOWN',
    message: `nobody knows \`${name.slice(0, 80)}\``,
    hint: name.startsWith('job-') || name.startsWith('run-') ? 'See `master jobs`.' : 'See `master minions`.',
  })
}
