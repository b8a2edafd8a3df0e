import { expect, it } from 'vitest'
import type { Problem } from '../../../../protocol/errors.ts'
import { openFixture } from '../fixture.ts'
import { DB1, DB2, delivered, newJob, newReport, newRun, runId } from '../rows.ts'

const PROBLEM: Problem = { code: 'CATALOG_REFUSED', message: 'not signed', hint: 'Apply again.' }

it('a job is read back as it was ordered, with its runs counted by state', () => {
  const { store } = openFixture()
  store.jobs.order(newJob(1), [newRun(store, 1), newRun(store, 2, { minion: DB2 })])
  store.runs.send(runId(1))

  expect(store.jobs.get(newJob(1).id)).toEqual({
    ...newJob(1),
    createdAt: '2026-11-21T10:00:00.000Z',
    runs: { queued: 1, sent: 1 },
  })
})

it('jobs are listed newest first', () => {
  const { store, pass } = openFixture()
  for (const number of [1, 2, 3]) {
    store.jobs.order(newJob(number), [])
    pass(1000)
  }

  expect(store.jobs.list(2).map(({ id }) => id)).toEqual([newJob(3).id, newJob(2).id])
})

it('every catalog of a minion gets a generation above the last one', () => {
  const { store } = openFixture()

  const first = store.jobs.order(newJob(1), [newRun(store, 1), newRun(store, 2, { minion: DB2 })])
  const second = store.jobs.order(newJob(2), [newRun(store, 3)])

  expect([...first.values(), ...second.values()]).toEqual([1, 1, 2])
  expect(store.runs.get(runId(3))).toMatchObject({ generation: 2, state: 'queued', wave: 0 })
})

it('a repeated order of a job changes nothing and returns the same generations', () => {
  const { store } = openFixture()
  const order = () => store.jobs.order(newJob(1), [newRun(store, 1)])

  const first = order()
  const seq = store.log.lastSeq()

  expect(order()).toEqual(first)
  expect(store.log.lastSeq()).toBe(seq)
})

it('a job is not stored at all when one of its runs cannot be stored', () => {
  const { store } = openFixture()
  const { catalog: _, ...rest } = newRun(store, 2)
  const missing = { ...rest, catalog: '0'.repeat(64) as ReturnType<typeof newRun>['catalog'] }

  expect(() => store.jobs.order(newJob(1), [newRun(store, 1), missing])).toThrow('is not in the store')
  expect(store.jobs.list(10)).toEqual([])
  expect(store.log.lastSeq()).toBe(0)
})

it('a target too long for an event is refused with a hint', () => {
  const { store } = openFixture()

  expect(() => store.jobs.order(newJob(1, { target: 'id=x or '.repeat(600) }), [])).toThrow(
    expect.objectContaining({ code: 'EVENT_TOO_LARGE' }),
  )
})

it('a run goes from queued to running, and each step is stored with its time', () => {
  const { store, pass } = openFixture()
  store.jobs.order(newJob(1), [newRun(store, 1)])
  const step = (work: () => unknown) => {
    pass(1000)
    return work()
  }

  expect(step(() => store.runs.send(runId(1)))).toBe(1)
  expect(step(() => store.runs.accept(runId(1)))).toBe(true)
  expect(step(() => store.runs.start(runId(1), 12))).toBe(true)

  expect(store.runs.get(runId(1))).toMatchObject({
    state: 'running',
    sequence: 1,
    states: 12,
    queuedAt: '2026-11-21T10:00:00.000Z',
    sentAt: '2026-11-21T10:00:01.000Z',
    acceptedAt: '2026-11-21T10:00:02.000Z',
    runningAt: '2026-11-21T10:00:03.000Z',
  })
})

it('late or repeated run messages are not stored again', () => {
  const { store } = openFixture()
  store.jobs.order(newJob(1), [newRun(store, 1)])
  store.runs.send(runId(1))
  store.runs.start(runId(1), 3)
  const seq = store.log.lastSeq()

  expect(store.runs.start(runId(1), 3)).toBe(false)
  expect(store.runs.accept(runId(1))).toBe(false)
  expect(store.runs.send(runId(1))).toBeUndefined()
  expect(store.runs.supersede(runId(1), undefined, { code: 'RUN_SUPERSEDED', message: 'no' })).toBe(false)
  expect(store.runs.accept(runId(99))).toBe(false)
  expect(store.log.lastSeq()).toBe(seq)
})

it('every order to a minion has a higher sequence number than the last, even across a restart', () => {
  const { store, reopen } = openFixture()
  store.jobs.order(newJob(1), [newRun(store, 1), newRun(store, 2)])
  const before = [store.runs.send(runId(1)), store.runs.send(runId(2)), store.runs.send(runId(1))]

  const after = reopen().runs.send(runId(2))

  expect([...before, after]).toEqual([1, 2, 3, 4])
})

it('the next sequence number is above the highest that the minion has seen', () => {
  const { store } = openFixture()
  store.jobs.order(newJob(1), [newRun(store, 1)])
  const arrival = { minion: DB1, fingerprint: 'SHA256:x' as never, bootId: 'b', address: '10.0.0.1' }

  store.minions.connected({ ...arrival, highestSequence: 41 })
  const first = store.runs.send(runId(1))
  store.minions.connected({ ...arrival, highestSequence: 7 })

  expect([first, store.runs.send(runId(1))]).toEqual([42, 43])
})

it('queued and sent runs are delivered to a minion, and accepted and finished ones are not', () => {
  const { store } = openFixture()
  store.jobs.order(
    newJob(1),
    [1, 2, 3, 4].map(number => newRun(store, number)),
  )
  store.jobs.order(newJob(2), [newRun(store, 5, { minion: DB2 })])
  store.runs.send(runId(2))
  store.runs.accept(runId(3))
  store.runs.cancel(runId(4), 'root')

  expect(store.runs.toDeliver({ minion: DB1 }).map(({ id }) => id)).toEqual([runId(1), runId(2)])
  expect(store.runs.at(DB1).map(({ id }) => id)).toEqual([runId(3)])
  expect(store.runs.toDeliver({ job: newJob(2).id }).map(({ id }) => id)).toEqual([runId(5)])
})

it('runs of a later wave wait until all runs of the previous wave have ended, whatever their outcome', () => {
  const { store } = openFixture()
  const runs = [newRun(store, 1, { wave: 0 }), newRun(store, 2, { wave: 1, minion: DB2 })]
  store.jobs.order(newJob(1), runs)
  const due = () => store.runs.toDeliver({ job: newJob(1).id }).map(({ id }) => id)

  const first = due()
  store.runs.start(runId(1), 3)
  const during = due()
  store.reports.save(delivered(newReport(1, { state: 'failed' })))

  expect([first, during, due()]).toEqual([[runId(1)], [], [runId(2)]])
})

it('runs that no minion accepted expire with their job, and accepted ones do not', () => {
  const { store, pass } = openFixture()
  store.jobs.order(
    newJob(1),
    [1, 2, 3].map(number => newRun(store, number)),
  )
  store.runs.send(runId(2))
  store.runs.accept(runId(3))
  pass(59_999)
  const early = store.runs.expireDue()
  pass(1)

  const due = store.runs.toDeliver({ minion: DB1 })
  pass(1000)

  expect([...due, ...store.runs.toDeliver({ minion: DB1 })]).toEqual([])
  expect([early, store.runs.expireDue(), store.runs.expireDue()]).toEqual([[], [runId(1), runId(2)], []])
  expect(store.runs.ofJob(newJob(1).id).map(({ state }) => state)).toEqual(['expired', 'expired', 'accepted'])
})

it('a refused or lost run has failed with a reason', () => {
  const { store } = openFixture()
  store.jobs.order(
    newJob(1),
    [1, 2].map(number => newRun(store, number)),
  )
  store.runs.send(runId(1))
  store.runs.start(runId(2), 3)

  expect(store.runs.refuse(runId(1), PROBLEM)).toBe(true)
  expect(store.runs.lose(runId(2), { ...PROBLEM, message: '"'.repeat(9000) })).toBe(true)

  expect(store.runs.get(runId(1))).toMatchObject({ state: 'failed', problem: PROBLEM })
  expect(store.runs.get(runId(2))?.problem?.message).toBe(`${'"'.repeat(600)}…`)
})

it('a run with a cancel request is no longer delivered and stays visible until it ends', () => {
  const { store } = openFixture()
  store.jobs.order(
    newJob(1),
    [1, 2].map(number => newRun(store, number)),
  )
  store.runs.send(runId(1))
  store.runs.start(runId(1), 3)

  expect(store.runs.orderCancel(runId(1), 'root')).toBe(true)
  expect(store.runs.orderCancel(runId(1), 'root')).toBe(false)
  expect(store.runs.toCancel(DB1).map(({ id }) => id)).toEqual([runId(1)])
  expect(store.runs.sendCancel(runId(1))).toBe(2)
  expect(store.runs.cancel(runId(2), 'root')).toBe(true)
  store.reports.save(delivered(newReport(1, { state: 'cancelled' })))

  expect(store.runs.toCancel(DB1)).toEqual([])
  expect(store.runs.sendCancel(runId(1))).toBeUndefined()
  expect(store.runs.ofJob(newJob(1).id).map(({ state }) => state)).toEqual(['cancelled', 'cancelled'])
})

it('the highstate run of a kernel boot is found by its boot id', () => {
  const { store } = openFixture()
  store.jobs.order(newJob(1, { origin: 'boot' }), [newRun(store, 1, { bootId: 'boot-1' })])

  expect(store.runs.ofBoot(DB1, 'boot-1')?.id).toBe(runId(1))
  expect(store.runs.ofBoot(DB1, 'boot-2')).toBeUndefined()
  expect(store.runs.ofBoot(DB2, 'boot-1')).toBeUndefined()
})
