import { expect, it } from 'vitest'
import { ReportIntake } from '../../../master/jobs/report-intake.ts'
import { prepareReport } from '../../../master/store/tables/prepare-report.ts'
import { openFixture } from '../store/fixture.ts'
import { DB1, DB2, delivered, newJob, newReport, newRun, runId, START } from '../store/rows.ts'

const DAY_MS = 24 * 3_600_000
const RULE = { maxBytes: 10_000, unorderedBytes: 5000, unorderedCount: 3 }

function opened() {
  const fixture = openFixture()
  let time = START
  const { store } = fixture
  const nobody = {} as never
  const open = (): ReportIntake =>
    new ReportIntake({ store, rule: RULE, parser: nobody, dispatcher: nobody, now: () => time })
  const events = (): number =>
    fixture.store.log.read(0, 1000).filter(({ event }) => event.type === 'report-quota-reached').length
  return { fixture, open, events, pass: (ms: number) => void (time += ms) }
}

it('the report of an ordered run is accepted regardless of quota, and a later larger one is refused permanently', () => {
  const { fixture, open } = opened()
  const { store } = fixture
  store.jobs.order(newJob(1), [newRun(store, 1)])
  const gate = open()
  for (let number = 10; number < 20; number++) gate.judge({ minion: DB1, run: runId(number), size: 10 })

  expect(gate.judge({ minion: DB1, run: runId(1), size: 10_000 })).toBe('take')
  expect(gate.judge({ minion: DB1, run: runId(1), size: 10_001 })).toMatchObject({ code: 'REPORT_TOO_LARGE' })
  expect(gate.judge({ minion: DB2, run: runId(1), size: 10 })).toMatchObject({ code: 'REPORT_REFUSED' })
})

it('a report that is already stored is not fetched again', () => {
  const { fixture, open } = opened()
  const { store } = fixture
  store.jobs.order(newJob(1), [newRun(store, 1)])
  store.reports.save(delivered(newReport(1)))

  expect(open().judge({ minion: DB1, run: runId(1), size: 10 })).toBe('stored')
})

it('a report counts against the quota with the largest size it was offered with', () => {
  const gate = opened().open()
  const offer = (number: number, size: number) => gate.judge({ minion: DB1, run: runId(number), size })

  expect([offer(1, 1), offer(1, 4999), offer(1, 4999), offer(2, 2), offer(1, 5001)]).toEqual([
    'take',
    'take',
    'take',
    'put-off',
    'put-off',
  ])
})

it('unordered reports above the daily count are postponed to the next day, with one event', () => {
  const { open, events, pass } = opened()
  const gate = open()
  const offer = (number: number, minion = DB1) => gate.judge({ minion, run: runId(number), size: 10 })

  expect([1, 2, 3, 4, 5, 3].map(number => offer(number))).toEqual([
    'take',
    'take',
    'take',
    'put-off',
    'put-off',
    'take',
  ])
  expect(offer(6, DB2)).toBe('take')
  expect(events()).toBe(1)
  expect(gate.overQuota()).toEqual([{ minion: DB1, since: '2026-11-21T10:00:00.000Z' }])
  pass(DAY_MS)

  expect(gate.overQuota()).toEqual([])
  expect([4, 5].map(number => offer(number))).toEqual(['take', 'take'])
})

it('unordered reports above the daily bytes are postponed', () => {
  const { open } = opened()
  const gate = open()

  expect(gate.judge({ minion: DB1, run: runId(1), size: 4000 })).toBe('take')
  expect(gate.judge({ minion: DB1, run: runId(2), size: 2000 })).toBe('put-off')
  expect(gate.judge({ minion: DB1, run: runId(3), size: 900 })).toBe('take')
})

it('the report quota counts reports stored before a restart of the master, without a second event', () => {
  const { fixture, open, events } = opened()
  const { store } = fixture
  const sizes = [1, 2, 3].map(number => {
    const report = delivered(newReport(number, { origin: 'interval' }))
    store.reports.save(report)
    return prepareReport(report.bytes).blob.size
  })
  expect(store.reports.unordered(DB1, '2026-11-21T00:00:00.000Z')).toEqual({
    count: 3,
    bytes: sizes.reduce((sum, size) => sum + size, 0),
  })

  for (let restart = 0; restart < 3; restart++) {
    expect(open().judge({ minion: DB1, run: runId(9), size: 10 })).toBe('put-off')
  }

  expect(events()).toBe(1)
})
