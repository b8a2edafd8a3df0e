import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ABANDONED_AFTER_MS } from '../../../master/jobs/dispatcher.ts'
import { JobWatch } from '../../../master/jobs/job-watch.ts'
import { DB1, DispatcherScene } from './dispatcher-scene.ts'

let scene: DispatcherScene
beforeEach(() => {
  scene = new DispatcherScene()
})
afterEach(() => scene.close())

describe('every run ends', () => {
  it('when it is cancelled and its minion never got the order: the apply that waits for it ends', async () => {
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

  it.each(['RUN_UNKNOWN', 'RUN_CANCELLED'] as const)('as cancelled when the minion answers %s to a cancel', code => {
    scene.hello()
    const order = scene.order()
    scene.dispatcher.delivery.deliverJob(order.job)
    scene.store.runs.orderCancel(order.run, 'root')
    scene.dispatcher.refused(DB1, order.run, { code, message: 'it is not here' })

    expect(scene.state(order)).toBe('cancelled')
  })

  it('as cancelled when it stood in line, was cancelled, and the minion was restarted', () => {
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

  it.each(['accepted', 'running'] as const)('as expired when its minion never comes back, from %s', state => {
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

  it('only after the minions had time to come back to a master that was started', () => {
    scene.hello()
    const order = scene.order()
    scene.dispatcher.delivery.deliverJob(order.job)
    scene.dispatcher.moves.add({ type: 'run-running', minion: DB1, run: order.run, states: 2 })
    scene.now += 3 * ABANDONED_AFTER_MS
    scene.restartMaster()
    scene.dispatcher.lookAtTimes()

    expect(scene.state(order)).toBe('running')
  })

  it('without a claim about causes when the minion does not know it any more', () => {
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
})

describe('an order that came too late only by the clock', () => {
  const expired = { code: 'ORDER_EXPIRED', message: 'the order expired at 03:05' } as const

  it('has the connection renewed, is signed again when the minion connects, and an event names it', () => {
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

  it('fails its run when it comes too late a second time: no run is sent for ever', () => {
    scene.hello()
    const order = scene.order()
    scene.dispatcher.delivery.deliverJob(order.job)
    scene.dispatcher.refused(DB1, order.run, expired)
    scene.hello()
    scene.dispatcher.refused(DB1, order.run, expired)

    expect(scene.store.runs.get(order.run)).toMatchObject({ state: 'failed', problem: { code: 'ORDER_EXPIRED' } })
  })

  it('and cancels a run: the run goes on until the cancel comes again', () => {
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

describe('a reconnect compares what master and minion know in both directions', () => {
  it('and takes a run as accepted that the minion has and the master thinks it never sent', () => {
    const order = scene.order()
    scene.hello([order.run])

    expect(scene.state(order)).toBe('accepted')
    expect(scene.runsSent).toEqual([])
  })

  it('and takes a cancelled run as accepted before its cancel is sent, when the minion has it', () => {
    scene.hello()
    const order = scene.order()
    scene.dispatcher.delivery.deliverJob(order.job)
    scene.store.runs.orderCancel(order.run, 'root')
    scene.hello([order.run])

    expect(scene.state(order)).toBe('accepted')
    expect(scene.cancelsSent).toEqual([order.run])
  })

  it('and cancels a run on the minion that is over as cancelled on the master', () => {
    const order = scene.order()
    scene.store.runs.cancel(order.run, 'root')
    scene.hello([order.run])

    expect(scene.cancelsSent).toEqual([order.run])
    scene.report(order, 'cancelled')
    scene.sent = []
    scene.hello([order.run])
    expect(scene.sent).toEqual([])
  })
})
