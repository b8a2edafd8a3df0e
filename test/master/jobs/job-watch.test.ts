import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { allRounds } from '../../../master/jobs/all-rounds.ts'
import { JobWatch } from '../../../master/jobs/job-watch.ts'
import type { ApplyEvent } from '../../../master/jobs/results.ts'
import type { StateResult } from '../../../protocol/report.ts'
import { result } from '../store/rows.ts'
import { DispatcherScene } from './dispatcher-scene.ts'

let scene: DispatcherScene
beforeEach(() => {
  scene = new DispatcherScene()
})
afterEach(() => scene.close())

/** Watches an apply of one minion from its order to its report. */
async function applied(results: readonly StateResult[]) {
  const { store, dispatcher } = scene
  const events: ApplyEvent[] = []
  scene.hello()
  const order = scene.order()
  const { signal } = new AbortController()
  const links = { isOnline: () => true } as never
  const watched = { job: order.job, emit: (event: ApplyEvent) => events.push(event), signal, patienceMs: 60_000 }
  const watch = new JobWatch({ store, dispatcher, links }, watched)
  const get = vi.spyOn(store.reports, 'get')
  const over = watch.untilOver()
  dispatcher.delivery.deliverJob(order.job)
  scene.report(order, 'done', results)
  await over
  return { order, events, watch, get }
}

it('the watch over a job reads each report once, also for the result of the job', async () => {
  const { order, watch, get } = await applied([result('changed', 0), result('unchanged', 1)])

  const { runs } = await allRounds(scene.store, order.job, { outcomes: watch.outcomes })

  expect(runs.map(({ run, results }) => [run, results.map(({ key }) => key)])).toEqual([
    [order.run, [result('changed', 0).key]],
  ])
  expect(get.mock.calls).toEqual([[order.run]])
})

it('the watch over a job sends what a run changed once, with the result of the job, and what failed at once', async () => {
  const { order, events, watch } = await applied([result('changed', 0), result('failed', 1)])

  const finished = events.flatMap(event => (event.type === 'finished' ? event.run.results : []))

  expect(finished.map(({ key }) => key)).toEqual([result('failed', 1).key])
  expect(watch.outcomes.get(order.run)?.results.map(({ key }) => key)).toEqual(
    [0, 1].map(at => result('failed', at).key),
  )
})

it('the watch over a job passes on nothing of an earlier round in a later one', async () => {
  const { events, watch } = await applied([])
  const before = events.length

  await watch.untilOver()

  expect(events.slice(before)).toEqual([])
})
