import { expect, it } from 'vitest'
import { JobWatch } from '../../../master/jobs/job-watch.ts'
import { outcomesOf } from '../../../master/jobs/run-views.ts'
import type { MinionId, StateKey } from '../../../protocol/ids.ts'
import { countSql, type SqlWork, workOf } from '../store/count-sql.ts'
import { delivered, newReport } from '../store/rows.ts'
import { type DispatcherScene, dispatcherScene } from './growth-scene.ts'

const SIZES = [12, 24, 48] as const

/** Returns the cost for each minion, by fleet size: constant when the work is linear. */
function perMinion(measure: (size: number) => { readonly statements: number; readonly rows: number }) {
  return SIZES.map(size => {
    const { statements, rows } = measure(size)
    return { statements: statements / size, rows: rows / size }
  })
}

/** Expects that the cost of one minion in the largest job exceeds that in the smallest by at most a tenth. */
function expectLinear(costs: ReturnType<typeof perMinion>): void {
  const [small, , large] = costs
  expect(large?.statements).toBeLessThanOrEqual(1.1 * (small?.statements ?? 0))
  expect(large?.rows).toBeLessThanOrEqual(1.1 * (small?.rows ?? 0))
}

function scene(): { readonly work: SqlWork; readonly at: DispatcherScene } {
  const work = countSql()
  return { work, at: dispatcherScene() }
}

const settle = (at: DispatcherScene): void => {
  for (let next = at.later.shift(); next !== undefined; next = at.later.shift()) next()
}

it('the number of queries and rows of a job grows linearly with its minions, from delivery to the last report', () => {
  const costs = perMinion(size => {
    const { work, at } = scene()
    const { job, runs } = at.orderFor(size)
    const finished: string[] = []
    const listening = new AbortController()
    const watch = new JobWatch(
      { ...at, links: at.links },
      {
        job,
        emit: event => {
          if (event.type === 'finished') finished.push(event.run.run)
        },
        signal: listening.signal,
        patienceMs: 60_000,
      },
    )
    void watch.untilOver()
    const cost = workOf(work, () => {
      at.dispatcher.delivery.deliverJob(job)
      settle(at)
      runs.forEach((run, index) => {
        const minion = at.minions[index] as MinionId
        at.dispatcher.moves.add({ type: 'run-accepted', minion: minion, run: run })
        at.dispatcher.moves.add({ type: 'run-running', minion: minion, run: run, states: 1 })
        at.dispatcher.progress(minion, { type: 'progress', run, index: 0, key: 'base/file.managed/f' as StateKey })
        settle(at)
        at.dispatcher.report(delivered(newReport(0, { run, job, minion })))
      })
      settle(at)
    })
    expect(at.sent.map(({ order }) => order.run).toSorted()).toEqual([...runs].toSorted())
    expect(finished.toSorted()).toEqual([...runs].toSorted())
    listening.abort()
    return cost
  })

  expectLinear(costs)
})

it('a wave that ends run by run does not read the runs of the next wave each time', () => {
  const costs = perMinion(size => {
    const { work, at } = scene()
    const { job, runs } = at.orderFor(size, index => (index < size / 2 ? 0 : 1))
    at.dispatcher.delivery.deliverJob(job)
    settle(at)
    expect(at.sent).toHaveLength(size / 2)
    const cost = workOf(work, () => {
      runs.slice(0, size / 2).forEach((run, index) => {
        at.dispatcher.refused(at.minions[index] as MinionId, run, { code: 'CATALOG_REFUSED', message: 'no' })
      })
      settle(at)
    })
    expect(at.sent).toHaveLength(size)
    return cost
  })

  expectLinear(costs)
})

it('reading the outcomes of a job does not count all of its runs for each one', async () => {
  const statements: number[] = []
  for (const size of SIZES) {
    const { work, at } = scene()
    const { job } = at.orderFor(size)
    const before = work.statements
    expect(await outcomesOf(at.store, job)).toHaveLength(size)
    statements.push(work.statements - before)
  }

  expect(statements).toEqual([2, 2, 2])
})

it('a minion that disconnects and reconnects during a job does not cause reads of other runs', () => {
  const cost = (size: number): number => {
    const { work, at } = scene()
    const { job } = at.orderFor(size)
    const listening = new AbortController()
    const watched = { job, emit: () => undefined, signal: listening.signal, patienceMs: 60_000 }
    void new JobWatch({ ...at, links: at.links }, watched).untilOver()
    const { rows } = workOf(work, () => at.dispatcher.linkChanged(at.minions[0] as MinionId))
    listening.abort()
    return rows
  }

  expect(SIZES.map(cost)).toEqual([0, 0, 0])
})

it('the dispatcher delivers at most 20 orders per turn of the event loop', () => {
  const { at } = scene()
  const { job } = at.orderFor(50)
  at.dispatcher.delivery.deliverJob(job)
  const counts = [at.sent.length]
  for (let next = at.later.shift(); next !== undefined; next = at.later.shift()) {
    next()
    counts.push(at.sent.length)
  }

  expect(counts).toEqual([20, 40, 50])
})

it('the dispatcher skips runs that were cancelled or sent between two slices of a job', () => {
  const { at } = scene()
  const { job, runs } = at.orderFor(60)
  at.dispatcher.delivery.deliverJob(job)
  const waiting = runs.filter(run => at.store.runs.get(run)?.state === 'queued')
  const [cancelled, reconnected] = waiting
  if (cancelled === undefined || reconnected === undefined) throw new Error('nothing waits')
  at.store.runs.cancel(cancelled, 'root')
  at.dispatcher.delivery.deliverMinion(at.store.runs.get(reconnected)?.minion as MinionId)
  settle(at)

  const sent = at.sent.map(({ order }) => order.run)
  expect(sent).not.toContain(cancelled)
  expect(sent.filter(run => run === reconnected)).toHaveLength(1)
  expect(sent).toHaveLength(59)
})

it('the dispatcher continues with the rest of a job after the disk was full for one slice', () => {
  const { at } = scene()
  const { job } = at.orderFor(60)
  at.dispatcher.delivery.deliverJob(job)
  const together = at.store.together.bind(at.store)
  Object.assign(at.store, {
    together: () => {
      throw new Error('the disk is full')
    },
  })
  expect(() => settle(at)).toThrow('the disk is full')
  expect(at.sent).toHaveLength(20)

  Object.assign(at.store, { together })
  at.dispatcher.lookAtTimes()
  settle(at)

  expect(at.sent).toHaveLength(60)
})

it('the dispatcher writes accepted and started runs of one event loop turn in one transaction', () => {
  const { at } = scene()
  const { job, runs } = at.orderFor(10)
  at.dispatcher.delivery.deliverJob(job)
  settle(at)
  let commits = 0
  const together = at.store.together.bind(at.store)
  Object.assign(at.store, {
    together: (act: () => unknown) => {
      commits += 1
      return together(act)
    },
  })
  for (const [index, run] of runs.entries()) {
    const minion = at.minions[index] as MinionId
    at.dispatcher.moves.add({ type: 'run-accepted', minion: minion, run: run })
    at.dispatcher.moves.add({ type: 'run-running', minion: minion, run: run, states: 3 })
  }
  settle(at)

  expect(commits).toBe(1)
  expect(runs.map(run => at.store.runs.get(run)?.state)).toEqual(runs.map(() => 'running'))
})

it('an idle master reads no finished runs on its clock tick', () => {
  const { work, at } = scene()
  for (let turn = 0; turn < 3; turn++) {
    const { runs } = at.orderFor(4)
    for (const run of runs) at.store.runs.cancel(run, 'root')
  }
  at.orderFor(4)
  work.scans.clear()
  const cost = workOf(work, () => at.dispatcher.lookAtTimes())

  expect([...work.scans].filter(step => /\b(runs|jobs)\b/.test(step))).toEqual([])
  expect(cost.rows).toBe(0)
})
