import { expect, it } from 'vitest'
import { factsOf } from '../../../../master/store/tables/prepare-report.ts'
import type { Orphan, Report } from '../../../../protocol/report.ts'
import { openFixture } from '../fixture.ts'
import { DB1, DB2, delivered, jobId, newJob, newReport, newRun, observedAt } from '../rows.ts'

const orphan = (name: string): Orphan => {
  return { thing: `file:/${name}`, key: `r/file.managed/${name}` as never, role: 'r', declaredAt: [], made: true }
}
const at = (second: number): string => `2026-11-21T10:00:0${second}.000Z`

/** A store with the runs of six reports; `report` saves one that ends at that second. */
function scene() {
  const fixture = openFixture()
  const { store, pass } = fixture
  pass(10_000)
  store.jobs.order(
    newJob(1),
    [1, 2, 3, 4, 5, 6].map(number => newRun(store, number)),
  )
  const report = (second: number, more: Partial<Report>): void => {
    store.reports.save(delivered(newReport(second, { finishedAt: at(second), ...more })))
  }
  return { ...fixture, store, report }
}

it('the store has the orphans that a minion last reported, with the last apply that still declared each', () => {
  const { store, reopen, report } = scene()
  report(1, { observed: observedAt(at(1)) })
  report(2, { orphans: [orphan('a')], test: true })
  report(3, { orphans: [orphan('a'), orphan('b')] })
  report(4, { orphans: [orphan('b'), orphan('a')] })

  const known = store.orphans.of(DB1)

  expect(known).toMatchObject({ minion: DB1, at: at(4), count: 2 })
  expect(known?.orphans.map(({ thing, lastManagedAt }) => [thing, lastManagedAt])).toEqual([
    ['file:/b', at(1)],
    ['file:/a', at(1)],
  ])
  expect(store.orphans.of(DB2)).toBeUndefined()
  expect(reopen().orphans.of(DB1)).toEqual(known)
})

it('minions with orphans are listed without reading those that have none, and all that reported are known', () => {
  const { store, report } = scene()
  store.jobs.order(newJob(2), [newRun(store, 9, { minion: DB2 })])
  store.reports.save(delivered(newReport(9, { job: jobId(2), minion: DB2, observed: observedAt(at(1)) })))
  report(2, { orphans: [orphan('a')] })

  expect(store.orphans.withAny()).toEqual([store.orphans.of(DB1)])
  expect([...store.orphans.reported()].sort()).toEqual([DB1, DB2])
})

it('the report of a killed run keeps the orphans that were known, and one without any empties the list', () => {
  const { store, report } = scene()
  report(1, { orphans: [orphan('a')] })
  report(2, { state: 'failed', problem: { code: 'RUN_INTERRUPTED', message: 'killed' } })
  const afterKill = store.orphans.of(DB1)?.count
  report(3, { orphanRun: 'remove', state: 'failed' })
  const afterKilledRemoval = store.orphans.of(DB1)?.count
  report(4, { observed: observedAt(at(4)) })

  expect([afterKill, afterKilledRemoval, store.orphans.of(DB1)?.count]).toEqual([1, 1, 0])
})

it('a report that arrives late does not replace newer orphans, and the view comes out of the log again', () => {
  const { store, report } = scene()
  report(3, { orphans: [orphan('a')] })
  report(1, { orphans: [orphan('b'), orphan('c')] })

  expect(store.orphans.of(DB1)).toMatchObject({ at: at(3), count: 1 })
  expect(store.rebuildViews()).toEqual([])
})

it('a report of a minion whose clock is years ahead does not outlast what it reports after the clock was set', () => {
  const { store, pass, report } = scene()
  report(1, {
    orphans: [orphan('a')],
    finishedAt: '2099-01-01T00:00:00.000Z',
    observed: observedAt('2099-01-01T00:00:00.000Z', 1),
  })
  pass(10_000)
  const after = '2026-11-21T10:00:15.000Z'
  report(2, { orphans: [], finishedAt: after, observed: observedAt(after, 2) })

  expect(store.orphans.of(DB1)).toMatchObject({ at: after, count: 0 })
  expect(store.reports.observed(DB1)?.sockets).toMatchObject([{ port: 2 }])
})

it('a run about orphans is no apply: what it leaves was managed until the apply before', () => {
  const { store, report } = scene()
  report(1, { observed: observedAt(at(1)) })
  report(2, { orphanRun: 'remove', orphans: [] })
  report(3, { orphans: [orphan('a')], test: true })

  expect(store.orphans.of(DB1)?.orphans[0]).toMatchObject({ lastManagedAt: at(1) })
})

it('of a report with very many orphans the first 1,000 and the number of all are kept', () => {
  const orphans = Array.from({ length: 1500 }, (_, number) => orphan(`f${number}`))

  const { orphans: facts } = factsOf(newReport(1, { orphans }))

  expect([facts?.count, facts?.list.length]).toEqual([1500, 1000])
})
