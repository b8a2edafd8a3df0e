import { z } from 'zod'
import { AppError } from '../../protocol/errors.ts'
import { isJobId, isMinionId, isRunId } from '../../protocol/ids.ts'
import type { Report } from '../../protocol/report.ts'
import { visibilityOf, visibleTo } from '../access/pick.ts'
import { RightDenied, rightDenied } from '../access/right-denied.ts'
import type { ControlContext } from '../context.ts'
import { jobSeen } from '../jobs/job-seen.ts'
import type { JobRow, RunOutcome, RunRow, SlowState } from '../jobs/results.ts'
import { jobRow, outcomesOf, runRow } from '../jobs/run-views.ts'
import { createSlowest } from '../jobs/slowest.ts'
import type { Run } from '../store/tables/run-row.ts'
import { isFinal } from '../store/tables/run-states.ts'
import { defineVerb } from './define.ts'
import { name } from './fields.ts'

/** Verbs for jobs and their results. */

export interface JobDetail {
  readonly job: JobRow
  readonly runs: readonly RunOutcome[]
  /** The states that took longest, if they were asked for. */
  readonly slowest?: readonly SlowState[]
}

export interface CancelResult {
  readonly job: string
  /** Runs that ended at once, and those that end when their minion reports so. */
  readonly cancelled: readonly string[]
  readonly asked: readonly string[]
}

export interface ReportResult {
  readonly reports: readonly Report[]
  /** Requested runs that have no report. */
  readonly without: readonly RunRow[]
}

const jobsVerb = defineVerb({
  name: 'jobs',
  input: z.strictObject({ limit: z.number().int().min(1).max(1000).default(20) }),
  right: { on: 'filtered', kind: 'read' },
  async run(context, { limit }, { caller }) {
    const { store } = context
    const sees = await visibilityOf(context, caller, 'jobs')
    // A caller who may see everything needs no lookup of each job's runs, which are as many as the fleet has minions.
    if (caller.rights.everywhere('jobs')) return { jobs: store.jobs.list(limit).map(jobRow) }
    const jobs: JobRow[] = []
    for (const job of store.jobs.list(LOOKED_AT)) {
      const seen = jobs.length < limit ? jobSeen(store, job, sees) : undefined
      if (seen !== undefined) jobs.push(seen)
    }
    return { jobs }
  },
})

const jobVerb = defineVerb({
  name: 'job',
  input: z.strictObject({
    job: name,
    /** Include unchanged states in the result. */
    unchanged: z.boolean().default(false),
    /** Number of slowest states to include in the result. */
    slowest: z.number().int().min(0).max(100).default(0),
  }),
  right: { on: 'filtered', kind: 'read' },
  async run(context, { job: name, unchanged, slowest }, { caller }): Promise<JobDetail> {
    const { store } = context
    const sees = await visibilityOf(context, caller, 'job')
    const found = isJobId(name) ? store.jobs.get(name) : undefined
    const job =
      found === undefined ? undefined : caller.rights.everywhere('job') ? jobRow(found) : jobSeen(store, found, sees)
    if (found === undefined || job === undefined) throw unknown(name)
    const slow = createSlowest()
    const look = ({ minion }: Run, { results }: Report): void => {
      if (slowest > 0 && sees(minion)) slow.take(minion, results)
    }
    const runs = (await outcomesOf(store, found.id, { unchanged, look })).filter(({ minion }) => sees(minion))
    return { job, runs, ...(slowest === 0 ? {} : { slowest: slow.most(slowest) }) }
  },
})

/** How many jobs to search for those whose minions the caller may see. */
const LOOKED_AT = 1000

/** Cancels all of a job or nothing: the caller must have the right on each of its minions. */
const cancelVerb = defineVerb({
  name: 'job-cancel',
  input: z.strictObject({ job: name }),
  right: { on: 'minions', kind: 'write', noted: ({ job }) => job },
  async run(context, { job: name }, { caller }): Promise<CancelResult> {
    const { store, dispatcher, links } = context
    const { operator } = caller
    const job = isJobId(name) ? store.jobs.get(name) : undefined
    if (job === undefined) throw unknown(name)
    const sees = await visibilityOf(context, caller, 'job-cancel')
    const isVisible = await visibleTo(context, caller)
    const minions = new Set(store.runs.ofJob(job.id).map(({ minion }) => minion))
    if (minions.size > 0 && ![...minions].some(isVisible)) throw unknown(name)
    const others = [...minions].filter(minion => !sees(minion))
    if (others.length > 0) {
      const hidden = others.filter(minion => !isVisible(minion))
      throw new RightDenied({ caller, verb: 'job-cancel', minions: others.filter(isVisible), hidden })
    }
    const cancelled: string[] = []
    const asked: string[] = []
    for (const run of store.runs.ofJob(job.id)) {
      if (isFinal(run.state)) continue
      // Runs that no minion can have seen end here; the others end when their minion reports so.
      if (run.state === 'queued') {
        if (store.runs.cancel(run.id, operator)) cancelled.push(run.id)
      } else if (store.runs.orderCancel(run.id, operator) || run.cancelOrderedAt !== undefined) {
        asked.push(run.id)
        if (links.isOnline(run.minion)) dispatcher.delivery.deliverMinion(run.minion)
      }
    }
    dispatcher.announce(job.id)
    return { job: job.id, cancelled, asked }
  },
})

const reportVerb = defineVerb({
  name: 'report',
  input: z.strictObject({ of: name.optional() }),
  right: { on: 'filtered', kind: 'read' },
  async run(context, { of }, { caller }): Promise<ReportResult> {
    const { store } = context
    const sees = await visibilityOf(context, caller, 'report')
    // A job is shown as far as the caller may see it; a minion that they name is denied, whether it exists or not.
    if (of !== undefined && namesMinion(of) && !sees(of)) throw rightDenied(caller, 'report', [of])
    const all =
      of === undefined ? ofLatest(context, caller.rights.everywhere('report') ? undefined : sees) : runsOf(context, of)
    const runs = all.filter(({ minion }) => sees(minion))
    if (runs.length === 0 && all.length > 0) {
      const visible = [...new Set(all.map(({ minion }) => minion))].filter(await visibleTo(context, caller))
      throw visible.length === 0 && of !== undefined ? unknown(of) : rightDenied(caller, 'report', visible)
    }
    const reports = runs.flatMap(run => store.reports.get(run.id) ?? [])
    const reported = new Set<string>(reports.map(({ run }) => run))
    return { reports, without: runs.filter(({ id }) => !reported.has(id)).map(run => runRow(store, run)) }
  },
})

export const jobVerbs = [jobsVerb, jobVerb, cancelVerb, reportVerb] as const

function runsOf({ store }: ControlContext, of: string): readonly Run[] {
  if (isRunId(of)) {
    const run = store.runs.get(of)
    if (run !== undefined) return [run]
  } else if (isJobId(of)) {
    if (store.jobs.get(of) !== undefined) return store.runs.ofJob(of)
  } else if (isMinionId(of)) {
    const last = store.history.lastFinished(of)
    const run = last === undefined ? undefined : store.runs.get(last)
    if (run !== undefined) return [run]
    if (store.minions.get(of) !== undefined) return []
  }
  throw unknown(of)
}

/** Returns the runs of the last job, or of the last one with a minion that the caller may see. */
function ofLatest({ store }: ControlContext, sees: ((minion: string) => boolean) | undefined): readonly Run[] {
  for (const { id } of store.jobs.list(sees === undefined ? 1 : LOOKED_AT)) {
    const runs = store.runs.ofJob(id)
    if (sees === undefined || runs.some(({ minion }) => sees(minion))) return runs
  }
  return []
}

function namesMinion(of: string): boolean {
  return isMinionId(of) && !isRunId(of) && !isJobId(of)
}

function unknown(name: string): AppError {
  return new AppError({
    code: 'JOB_UNKNOWN',
    message: `no job, run or minion is named \`${name.slice(0, 80)}\``,
    hint:
      name.startsWith('job-') || name.startsWith('run-')
        ? 'List the jobs with `master jobs`.'
        : 'List the minions with `master minions`.',
  })
}
