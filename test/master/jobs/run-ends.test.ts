import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ABANDONED_AFTER_MS } from '../../../master/jobs/dispatcher.ts'
import { JobWatch } from '../../../master/jobs/job-watch.ts'
import { DB1, DispatcherScene } from './dispatcher-scene.ts'

let scene: DispatcherScene
beforeEach(() => {
  scene = new DispatcherScene()
})
afterEach(() => scene.close())

it('an apply ends when its run is cancelled before its minion received the order', async () => {
  scene.hello()
  const order = scene.order()
  scene.dispatcher.delivery.deliverJob(order.job)
  const { store, dispatcher } = scene
  const links = { isOnline: () => true } as never
  const watched = {
    job: order.job,
    emit: () => undefined,
    signal: new AbortController().signal,
    patienceMs: 60_000,
  }
  const over = new JobWatch({ store, dispatcher, links }, watched).untilOver()
  store.runs.orderCancel(order.run, 'root')
  scene.hello()
  await over

  expect(scene.state(order)).toBe('cancelled')
})

it.each(['RUN_UNKNOWN', 'RUN_CANCELLED'] as const)(
  'a cancelled run ends as cancelled when the minion answers %s',
  code => {
    scene.hello()
    const order = scene.order()
    scene.dispatcher.delivery.deliverJob(order.job)
    scene.store.runs.orderCancel(order.run, 'root')
    scene.dispatcher.refused(DB1, order.run, { code, message: 'it is not here' })

    expect(scene.state(order)).toBe('cancelled')
  },
)

it('a queued run that is cancelled ends as cancelled when the minion was restarted', () => {
  scene.hello()
  const order = scene.order()
  scene.dispatcher.delivery.deliverJob(order.job)
  scene.dispatcher.moves.add({ type: 'run-accepted', minion: DB1, run: order.run })
  scene.store.runs.orderCancel(order.run, 'root')
  scene.sent = []
  scene.hello()

  expect(scene.state(order)).toBe('cancelled')
  expect(scene.sent).toEqual([])
})

it.each(['accepted', 'running'] as const)('a run in the state %s expires when its minion never comes back', state => {
  scene.hello()
  const order = scene.order()
  scene.dispatcher.delivery.deliverJob(order.job)
  scene.dispatcher.moves.add({ type: 'run-accepted', minion: DB1, run: order.run })
  if (state === 'running') scene.dispatcher.moves.add({ type: 'run-running', minion: DB1, run: order.run, states: 2 })
  scene.away()
  const since = new Date(scene.now).toISOString()
  scene.now += ABANDONED_AFTER_MS - 1
  scene.dispatcher.lookAtTimes()
  expect(scene.state(order)).toBe(state)
  scene.now += 60_001
  scene.dispatcher.lookAtTimes()

  expect(scene.store.runs.get(order.run)).toMatchObject({
    state: 'expired',
    problem: {
      code: 'RUN_UNREPORTED',
      message: `\`db1\` accepted this run and has not been online since ${since}: it is unknown what the run did`,
    },
  })

  scene.report(order)
  expect(scene.state(order)).toBe('done')
})

it('runs expire only after minions had time to reconnect to a restarted master', () => {
  scene.hello()
  const order = scene.order()
  scene.dispatcher.delivery.deliverJob(order.job)
  scene.dispatcher.moves.add({ type: 'run-running', minion: DB1, run: order.run, states: 2 })
  scene.now += 3 * ABANDONED_AFTER_MS
  scene.restartMaster()
  scene.dispatcher.lookAtTimes()

  expect(scene.state(order)).toBe('running')
})

it('the outcome of a run that its minion no longer knows claims no cause', () => {
  scene.hello()
  const order = scene.order()
  scene.dispatcher.delivery.deliverJob(order.job)
  scene.dispatcher.moves.add({ type: 'run-running', minion: DB1, run: order.run, states: 2 })
  scene.hello()

  expect(scene.store.runs.get(order.run)?.problem).toMatchObject({
    code: 'RUN_LOST',
    message: '`db1` started this run, reconnected, and no longer has it: it is unknown what the run did',
  })
})

describe('an order that came too late only by the clock', () => {
  const expired = { code: 'ORDER_EXPIRED', message: 'the order expired at 03:05' } as const

  it('an order refused as expired because of the clock is signed again after a reconnect, with an event', () => {
    scene.hello()
    const order = scene.order()
    scene.dispatcher.delivery.deliverJob(order.job)
    scene.dispatcher.refused(DB1, order.run, expired)

    expect(scene.state(order)).toBe('sent')
    expect(scene.disconnected).toEqual(['its estimate of the clock of the master is wrong: it must reconnect'])
    expect(scene.lastEvent()).toMatchObject({ type: 'minion-clock-differed', minion: 'db1', run: order.run })

    scene.hello()
    expect(scene.runsSent).toEqual([order.run, order.run])
    expect(scene.sent.map(({ sequence }) => sequence)).toEqual([1, 2])
  })

  it('a run whose order is refused as expired a second time fails and is not sent again', () => {
    scene.hello()
    const order = scene.order()
    scene.dispatcher.delivery.deliverJob(order.job)
    scene.dispatcher.refused(DB1, order.run, expired)
    scene.hello()
    scene.dispatcher.refused(DB1, order.run, expired)

    expect(scene.store.runs.get(order.run)).toMatchObject({ state: 'failed', problem: { code: 'ORDER_EXPIRED' } })
  })

  it('a run continues when its cancel is refused as expired, until the cancel is sent again', () => {
    scene.hello()
    const order = scene.order()
    scene.dispatcher.delivery.deliverJob(order.job)
    scene.dispatcher.moves.add({ type: 'run-running', minion: DB1, run: order.run, states: 2 })
    scene.store.runs.orderCancel(order.run, 'root')
    scene.dispatcher.delivery.deliverMinion(DB1)
    scene.dispatcher.refused(DB1, order.run, expired)
    expect(scene.state(order)).toBe('running')
    scene.hello([order.run])

    expect(scene.cancelsSent).toEqual([order.run, order.run])
    scene.dispatcher.refused(DB1, order.run, expired)
    expect(scene.state(order)).toBe('running')
  })
})

it('a run that the minion has and the master believes unsent counts as accepted after a reconnect', () => {
  const order = scene.order()
  scene.hello([order.run])

  expect(scene.state(order)).toBe('accepted')
  expect(scene.runsSent).toEqual([])
})

it('a cancelled run that the minion has counts as accepted before its cancel is sent', () => {
  scene.hello()
  const order = scene.order()
  scene.dispatcher.delivery.deliverJob(order.job)
  scene.store.runs.orderCancel(order.run, 'root')
  scene.hello([order.run])

  expect(scene.state(order)).toBe('accepted')
  expect(scene.cancelsSent).toEqual([order.run])
})

it('a run that has ended as cancelled on the master is cancelled on the minion after a reconnect', () => {
  const order = scene.order()
  scene.store.runs.cancel(order.run, 'root')
  scene.hello([order.run])

  expect(scene.cancelsSent).toEqual([order.run])
  scene.report(order, 'cancelled')
  scene.sent = []
  scene.hello([order.run])
  expect(scene.sent).toEqual([])
})
