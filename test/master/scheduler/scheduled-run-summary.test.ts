import { expect, it } from 'vitest'
import { inputOf } from '../../../master/scheduler/scheduled-run.ts'
import { outcomeOf, type ScheduledRunResult, summaryOf } from '../../../master/scheduler/scheduled-run-summary.ts'
import type { ScheduledRun } from '../../../master/store/tables/schedules.ts'

const order = { verb: 'apply', target: '*', splayMs: 0, options: { strict: true }, recipients: [] } as const
const scheduledRun = { id: 'f1', schedule: 'nightly', due: '2026-11-21T03:00:00Z', order } as unknown as ScheduledRun
const run = { run: 'run-1', job: 'job-1', minion: 'db1', state: 'done', results: [], checks: [], owed: [] }
const result = {
  runs: [run],
  offline: [],
  leftOut: [{ minion: 'db2', problems: [{ code: 'EXPORT_INVALID', message: 'web1 sent "nowhere"' }] }],
  problems: [],
} as unknown as ScheduledRunResult

it('a scheduled apply that left a minion out has failed, and its summary names the minion and the reason', () => {
  const { subject, text } = summaryOf(scheduledRun, result)

  expect(outcomeOf(result)).toBe('failed')
  expect(outcomeOf({ ...result, leftOut: [] })).toBe('done')
  expect(subject).toContain('1 done, 1 left out')
  expect(text).toContain('db2  left out\n  EXPORT_INVALID: web1 sent "nowhere"\n')
})

it('a schedule with `strict` applies to all minions or none', () => {
  expect(inputOf(order as never)).toEqual({ target: '*', strict: true })
})
