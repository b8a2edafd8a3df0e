import { afterEach, expect, it } from 'vitest'
import { createReportParser, type ReportParser } from '../../../../master/store/tables/report-parser.ts'
import { LIMITS } from '../../../../protocol/limits.ts'
import type { Report } from '../../../../protocol/report.ts'
import { encodeReport } from '../../../../protocol/report-codec.ts'
import { openFixture } from '../fixture.ts'
import { DB1, delivered, newJob, newReport, newRun, observedAt, result, runId } from '../rows.ts'

/** Bytes; large enough for the worker thread. */
const SMALL = 1024 * 1024
const parsers: ReportParser[] = []

function opened(): ReportParser {
  const parser = createReportParser()
  parsers.push(parser)
  return parser
}

afterEach(async () => {
  for (const parser of parsers.splice(0)) await parser.close()
})

/** A report with this many bytes of small states. */
function manyStates(number: number, bytes = 0.9 * LIMITS.reportBytes): Report {
  const one = newReport(number, { results: [result('changed', 0)] })
  const each = encodeReport({ ...one, results: [...one.results, ...one.results] }).length - encodeReport(one).length
  const results = Array.from({ length: Math.floor(bytes / each) }, (_, at) => result('changed', at))
  return newReport(number, { results, observed: observedAt('2026-11-21T10:00:02.000Z') })
}

function oneLongText(number: number): Report {
  return newReport(number, { results: [{ ...result('failed', 0), diff: 'x\n'.repeat(2_700_000) }] })
}

it.each([
  ['of many small states', manyStates],
  ['of one long text', oneLongText],
])('a large report %s is parsed off the event loop and stored in a bounded step', async (_, make) => {
  const { store } = openFixture()
  const parser = opened()
  await parser.prepare(delivered(manyStates(9, SMALL)).bytes)
  store.jobs.order(newJob(1), [newRun(store, 1)])
  const report = delivered(make(1))
  expect(report.bytes.length).toBeGreaterThan(LIMITS.reportBytes / 2)
  const before = process.threadCpuUsage()

  const prepared = await parser.prepare(report.bytes)
  const preparing = process.threadCpuUsage(before)
  const prepare = process.threadCpuUsage()
  store.reports.save({ ...report, prepared })
  const saving = process.threadCpuUsage(prepare)

  // CPU time of this thread: other programs use this machine as well.
  expect((preparing.user + preparing.system) / 1000).toBeLessThan(400)
  expect((saving.user + saving.system) / 1000).toBeLessThan(400)
  expect(store.reports.get(runId(1))).toEqual(make(1))
})

it('a large report has at most a thousand results as rows, and all of them in its body', async () => {
  const { store } = openFixture()
  store.jobs.order(newJob(1), [newRun(store, 1)])
  const report = delivered(manyStates(1, SMALL))

  store.reports.save({ ...report, prepared: await opened().prepare(report.bytes) })

  expect(store.reports.results(runId(1))).toHaveLength(1000)
  expect(store.reports.get(runId(1))?.results.length).toBeGreaterThan(1000)
  expect(store.reports.observed(DB1)?.at).toBe('2026-11-21T10:00:02.000Z')
  expect(store.rebuildViews()).toEqual([])
})

it('the report parser rejects an invalid large report and parses the next one', async () => {
  const parser = opened()
  const broken = new TextEncoder().encode(`{"format":1,"results":[${'1,'.repeat(100_000)}1]}`)
  const [refused, good] = await Promise.allSettled([
    parser.prepare(broken),
    parser.prepare(delivered(manyStates(1, SMALL)).bytes),
  ])

  expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'REPORT_REFUSED' } })
  expect(good).toMatchObject({ status: 'fulfilled', value: { head: { minion: DB1 } } })
})

it('a report parsed in the worker gives the same rows as one parsed at once', async () => {
  const { store } = openFixture()
  store.jobs.order(newJob(1), [newRun(store, 1)])
  const report = delivered(newReport(1))

  store.reports.save({ ...report, prepared: await opened().prepare(report.bytes) })

  expect(store.reports.results(runId(1))).toHaveLength(2)
})
