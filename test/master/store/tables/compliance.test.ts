import { expect, it } from 'vitest'
import type { JobId } from '../../../../protocol/ids.ts'
import { openFixture } from '../fixture.ts'
import { DB1, DB2, delivered, newJob, newReport, newRun, result, runId } from '../rows.ts'

const summary = (id: string, target: string, score: number) => {
  return { id, target, operator: 'root', cached: false, score, findings: 1, counts: { compliant: 1 } }
}
const bytes = (text: string) => new TextEncoder().encode(JSON.stringify({ text }))

it('compliance reports are listed newest first, optionally for one target, with their bodies', () => {
  const fixture = openFixture()
  const { store } = fixture
  for (const [id, target] of [
    ['one', '*'],
    ['two', 'role=db'],
    ['three', '*'],
  ] as const) {
    store.compliance.save(summary(id, target, 72.7), bytes(id))
    fixture.pass(1000)
  }

  expect(store.compliance.list(10).map(({ id }) => id)).toEqual(['three', 'two', 'one'])
  expect(store.gauges().judgements).toMatchObject([
    { target: '*', score: 72.7, findings: 1, at: store.compliance.get('three')?.at },
    { target: 'role=db', score: 72.7 },
  ])
  expect(store.compliance.list(1, '*').map(({ id }) => id)).toEqual(['three'])
  const two = store.compliance.get('two')
  expect(two).toMatchObject({ target: 'role=db', score: 72.7, cached: false, counts: { compliant: 1 } })
  expect(two === undefined ? undefined : store.compliance.body(two.report)).toEqual({ text: 'two' })
  expect(store.compliance.get('four')).toBeUndefined()
})

it('a compliance report saved twice is stored once', () => {
  const { store } = openFixture()
  for (const score of [50, 50]) store.compliance.save(summary('one', '*', score), bytes('x'))

  expect(store.compliance.list(10)).toHaveLength(1)
})

it('the run history returns for every report of one minion what was left wrong, newest first', () => {
  const fixture = openFixture()
  const { store } = fixture
  const steps = [
    { number: 1, verb: 'apply', outcomes: ['changed', 'failed'] },
    { number: 2, verb: 'test', outcomes: ['would-change', 'unchanged'] },
    { number: 3, verb: 'test', outcomes: ['unchanged', 'unchanged'] },
  ] as const
  for (const { number, verb, outcomes } of steps) {
    store.jobs.order(newJob(number, { verb }), [newRun(store, number)])
    store.reports.save(delivered(newReport(number, { results: outcomes.map(result), test: verb === 'test' })))
    fixture.pass(1000)
  }
  store.jobs.order(newJob(9, { id: 'job-9' as JobId }), [newRun(store, 9, { minion: DB2 })])

  const past = store.history.of(DB1, 10)

  expect(past.map(({ run, wrong }) => [run, [...wrong]])).toEqual([
    [runId(3), []],
    [runId(2), ['base/file.managed/f0']],
    [runId(1), ['base/file.managed/f1']],
  ])
  expect(store.history.of(DB1, 1)).toHaveLength(1)
  expect([store.history.last(DB1, 'apply'), store.history.last(DB1, 'test')]).toEqual([runId(1), runId(3)])
  expect(store.history.last(DB2, 'apply')).toBeUndefined()
  expect(store.history.lastReported(DB1)).toMatchObject({ run: runId(3), verb: 'test' })
  expect(store.history.lastReported(DB2)).toBeUndefined()
})
