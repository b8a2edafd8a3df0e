import { expect, it } from 'vitest'
import { openFixture } from '../fixture.ts'
import { DB1, DB2, delivered, jobId, newJob, newReport, newRun, observedAt, result, runId } from '../rows.ts'

it('saving a report makes its run final and returns the whole report, including diffs', () => {
  const { store } = openFixture()
  store.jobs.order(newJob(1), [newRun(store, 1)])
  const report = newReport(1, { state: 'failed', problem: { code: 'INTERNAL', message: 'disk full' } })

  const saved = store.reports.save(delivered(report))

  expect(saved).toEqual({ job: jobId(1), report, fresh: true })
  expect(store.reports.get(runId(1))).toEqual(report)
  expect(store.runs.get(runId(1))).toMatchObject({
    state: 'failed',
    finishedAt: '2026-11-21T10:00:00.000Z',
    counts: { unchanged: 1, changed: 1, failed: 1 },
    problem: { code: 'INTERNAL', message: 'disk full' },
  })
})

it('saving a report stores a row for every state that is not unchanged', () => {
  const { store } = openFixture()
  store.jobs.order(newJob(1), [newRun(store, 1)])
  store.reports.save(delivered(newReport(1)))

  expect(store.reports.results(runId(1))).toMatchObject([
    { position: 1, key: 'base/file.managed/f1', outcome: 'changed', summary: { name: '/etc/f1', hasDiff: true } },
    { position: 2, key: 'base/file.managed/f2', outcome: 'failed', summary: { hasDiff: false } },
  ])
})

it('the newest facts of a minion are kept when a report arrives late or has no facts', () => {
  const { store, reopen, pass } = openFixture()
  pass(10_000)
  store.jobs.order(
    newJob(1),
    [1, 2, 3].map(number => newRun(store, number)),
  )
  const newest = observedAt('2026-11-21T10:00:05.000Z', 443)
  store.reports.save(delivered(newReport(2, { observed: newest })))
  store.reports.save(delivered(newReport(1, { observed: observedAt('2026-11-21T10:00:02.000Z') })))
  store.reports.save(delivered(newReport(3)))

  expect(store.reports.observed(DB1)).toEqual(newest)
  expect(store.reports.observed(DB2)).toBeUndefined()
  expect(reopen().reports.observed(DB1)).toEqual(newest)
})

it('a report that is delivered twice is stored once, even across a restart', () => {
  const { store, reopen } = openFixture()
  store.jobs.order(newJob(1), [newRun(store, 1)])
  store.reports.save(delivered(newReport(1)))
  const seq = store.log.lastSeq()

  const again = reopen()
  const other = newReport(1, { state: 'failed', results: [result('failed', 9)] })

  expect(again.reports.save(delivered(newReport(1))).fresh).toBe(false)
  expect(again.reports.save(delivered(other))).toEqual({ job: jobId(1), report: newReport(1), fresh: false })
  expect(again.log.lastSeq()).toBe(seq)
  expect(again.runs.get(runId(1))?.state).toBe('done')
})

it.each([
  ['expired', 'expire'],
  ['cancelled', 'cancel'],
] as const)('the report of a run in the state %s replaces that state', (state, how) => {
  const { store } = openFixture()
  store.jobs.order(newJob(1), [newRun(store, 1)])
  store.runs.send(runId(1))
  if (how === 'expire') store.runs.expire(runId(1), { code: 'INTERNAL', message: 'away' })
  else store.runs.cancel(runId(1), 'root')
  const before = store.runs.get(runId(1))?.state

  store.reports.save(delivered(newReport(1)))

  expect(before).toBe(state)
  expect(store.runs.get(runId(1))).toMatchObject({ state: 'done', counts: { changed: 1 } })
  expect(store.runs.get(runId(1))?.problem).toBeUndefined()
})

it('saving a report creates the job of a boot run that the minion started itself', () => {
  const { store } = openFixture()
  const { job: _, ...report } = newReport(1, { origin: 'boot', generation: 7 })

  const saved = store.reports.save(delivered(report))

  expect(saved.job).toBe(jobId(1))
  expect(store.jobs.get(jobId(1))).toMatchObject({
    verb: 'apply',
    origin: 'boot',
    target: 'db1',
    operator: 'minion db1',
    runs: { done: 1 },
  })
  expect(store.runs.ofBoot(report.minion, 'boot-1')).toMatchObject({ id: runId(1), generation: 7, state: 'done' })
  expect(store.jobs.order(newJob(2), [newRun(store, 2)]).get(runId(2))).toBe(8)
})

it('a report is accepted for a job that a restored master does not know', () => {
  const { store } = openFixture()

  store.reports.save(delivered(newReport(1)))

  expect(store.jobs.get(jobId(1))).toMatchObject({ origin: 'order', runs: { done: 1 } })
})

it.each([
  ['of a run that belongs to another minion', { minion: DB2 }, '`run-00000000000000000000000001` belongs to another'],
  ['of a run that its job never had', { run: runId(2) }, 'has no run `run-00000000000000000000000002`'],
])('saving a report %s is refused', (_, changes, message) => {
  const { store } = openFixture()
  store.jobs.order(newJob(1), [newRun(store, 1)])
  const seq = store.log.lastSeq()

  expect(() => store.reports.save(delivered(newReport(1, changes)))).toThrow(
    expect.objectContaining({ code: 'REPORT_REFUSED', message: expect.stringContaining(message) }),
  )
  expect(store.log.lastSeq()).toBe(seq)
})

it('a report whose content does not match its delivery is refused', () => {
  const { store } = openFixture()
  const report = delivered(newReport(1))

  expect(() => store.reports.save({ ...report, minion: DB2 })).toThrow('is of `db1`, `db2` delivered it')
  expect(() => store.reports.save({ ...report, run: runId(2) })).toThrow('it was announced as')
  expect(() => store.reports.save({ ...report, bytes: new Uint8Array([1, 2]) })).toThrow('the report is not JSON')
  expect(store.log.lastSeq()).toBe(0)
})
