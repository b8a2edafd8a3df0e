import { randomBytes } from 'node:crypto'
import type { Dispatch } from '../../../master/api/dispatch.ts'
import type { ApplyResult } from '../../../master/jobs/results.ts'
import { parseSchedule } from '../../../master/schedule/parse.ts'
import { carryOut } from '../../../master/scheduler/scheduled-run.ts'
import { createScheduler } from '../../../master/scheduler/scheduler.ts'
import { openStore } from '../../../master/store/open.ts'
import { delivered, jobId, newJob, newReport, newRun, START } from '../store/rows.ts'
import { scheduledRunContext } from './scheduled-run-context.ts'

/**
 * A master that fires a schedule for three minutes of its clock, and kills itself with SIGKILL at a given stage of a scheduled
 * run.
 */
const [, , directory = '', stage = ''] = process.argv
const text =
  'deliver: {ops: {file: /r}}\nschedules: {it: {cron: "* * * * *", verb: test, target: "*", overlap: queue, recipients: ops}}\n'

const store = openStore(directory, { now: () => now })
let now = Date.parse(store.schedules.get('it')?.claimedUntil ?? new Date(START).toISOString())

function reach(one: string): void {
  if (one === stage) process.kill(process.pid, 'SIGKILL')
}

const dispatch: Dispatch = async (_verb, _input, _emit, _signal, { scheduledRun = '' }): Promise<ApplyResult> => {
  reach('claimed')
  const number = store.log.lastSeq()
  const run = newRun(store, number)
  store.jobs.order(newJob(number, { verb: 'test', options: { firing: scheduledRun } }), [run])
  reach('ordered')
  store.reports.save(delivered(newReport(number, { test: true })))
  reach('reported')
  return { job: jobId(number), verb: 'test', revision: 'r', runs: [], offline: [] }
}

const scheduler = createScheduler({
  store: { ...store, together: work => (stage === 'claiming' ? store.together(dieAfter(work)) : store.together(work)) },
  now: () => now,
  warn: (message, facts) => process.stderr.write(`${message} ${JSON.stringify(facts)}\n`),
  read: async () => ({ schedule: parseSchedule(text).schedule, text, editedAtMs: START }),
  carryOut: async scheduledRun => {
    const random = (size: number): Uint8Array => new Uint8Array(randomBytes(size))
    const context = { ...scheduledRunContext(store, () => now), random }
    // Runs ordered before the kill would never be reported otherwise.
    if (scheduledRun.job !== undefined && store.runs.ofJob(scheduledRun.job).some(run => run.state !== 'done')) {
      store.reports.save(delivered(newReport(Number(scheduledRun.job.slice(4)), { test: true })))
    }
    const end = await carryOut(context, dispatch, scheduledRun, new AbortController().signal)
    reach('ended')
    return end
  },
})

function dieAfter<Result>(work: () => Result): () => Result {
  return () => {
    const result = work()
    if (store.schedules.scheduledRuns().length > 0) reach('claiming')
    return result
  }
}

for (let minute = 0; minute < 3; minute += 1) {
  now += 60_000
  await scheduler.tick()
  while (store.schedules.scheduledRuns().length > 0) await scheduler.idle()
}
store.close()
