import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DB1, DispatcherScene } from './dispatcher-scene.ts'

let scene: DispatcherScene
beforeEach(() => {
  scene = new DispatcherScene()
})
afterEach(() => scene.close())

describe('the content of a minion only moves forward', () => {
  it('sends an offline minion only the newest of the orders that wait for it, and names the job that replaced the others', () => {
    const older = scene.order()
    const newer = scene.order()
    scene.hello()

    expect(scene.runsSent).toEqual([newer.run])
    expect(scene.store.runs.get(older.run)).toMatchObject({
      state: 'superseded',
      supersededBy: newer.job,
      problem: {
        code: 'RUN_SUPERSEDED',
        message: `\`db1\` got newer content from \`${newer.job}\` before it started this run`,
      },
    })
  })

  it('supersedes a run of a later wave when newer content was sent meanwhile', () => {
    const older = scene.order({ wave: 1 })
    const newer = scene.order()
    scene.hello()
    scene.dispatcher.delivery.deliverJob(older.job)

    expect(scene.runsSent).toEqual([newer.run])
    expect(scene.state(older)).toBe('superseded')
  })

  it('does not send a delayed run after newer content', () => {
    const older = scene.order({ notBefore: new Date(scene.now + 10_000).toISOString() })
    const newer = scene.order()
    scene.hello()
    scene.now += 10_000
    scene.dispatcher.lookAtTimes()

    expect(scene.runsSent).toEqual([newer.run])
    expect(scene.state(older)).toBe('superseded')
  })

  it('sends a run that is due before the delayed run of a newer job, which then follows', () => {
    scene.hello()
    const older = scene.order()
    const delayed = scene.order({ notBefore: new Date(scene.now + 10_000).toISOString() })
    scene.dispatcher.delivery.deliverJob(older.job)
    scene.now += 10_000
    scene.dispatcher.lookAtTimes()

    expect(scene.runsSent).toEqual([older.run, delayed.run])
  })

  it('sends again only the newer of two runs that stood in line when the minion was restarted', () => {
    scene.hello()
    const [older, newer] = [scene.order(), scene.order()]
    for (const { job, run } of [older, newer]) {
      scene.dispatcher.delivery.deliverJob(job)
      scene.dispatcher.moves.add({ type: 'run-accepted', minion: DB1, run: run })
    }
    scene.sent = []
    scene.hello()

    expect(scene.runsSent).toEqual([newer.run])
    expect(scene.state(older)).toBe('superseded')
  })

  it('does not send an order again that was lost in a cut when newer content was sent after it', () => {
    scene.hello()
    const older = scene.order()
    scene.dispatcher.delivery.deliverJob(older.job)
    // Ids are not in chronological order when the clock is set back.
    scene.now -= 3_600_000
    const newer = scene.order({ lifetimeMs: 7_200_000 })
    scene.dispatcher.delivery.deliverJob(newer.job)
    scene.dispatcher.moves.add({ type: 'run-accepted', minion: DB1, run: newer.run })
    scene.sent = []
    scene.hello([newer.run])

    expect(scene.runsSent).toEqual([])
    expect(scene.state(older)).toBe('superseded')
    expect(scene.state(newer)).toBe('accepted')
  })

  it('holds after a restart of the master', () => {
    scene.hello()
    const older = scene.order({ wave: 1 })
    const newer = scene.order()
    scene.dispatcher.delivery.deliverJob(newer.job)
    scene.report(newer)
    scene.restartMaster()
    scene.sent = []
    scene.hello()

    expect(scene.runsSent).toEqual([])
    expect(scene.store.runs.get(older.run)).toMatchObject({ state: 'superseded', supersededBy: newer.job })
  })

  it('is nothing to dry runs: they replace no apply, and no apply replaces them', () => {
    const apply = scene.order()
    const test = scene.order({ verb: 'test' })
    scene.hello()
    const early = scene.order({ verb: 'test', wave: 0 })
    scene.dispatcher.delivery.deliverJob(scene.order().job)
    scene.dispatcher.delivery.deliverJob(early.job)

    expect(scene.runsSent).toContain(apply.run)
    expect(scene.runsSent).toContain(test.run)
    expect(scene.runsSent).toContain(early.run)
  })

  it('lets a report decide, also of a run that was taken for superseded', () => {
    scene.hello()
    const older = scene.order({ wave: 1 })
    const newer = scene.order()
    scene.dispatcher.delivery.deliverJob(newer.job)
    scene.dispatcher.delivery.deliverJob(older.job)
    expect(scene.state(older)).toBe('superseded')
    scene.report(older)

    expect(scene.state(older)).toBe('done')
    expect(scene.store.runs.get(older.run)).not.toHaveProperty('supersededBy')
  })

  it('ends a run as superseded that its minion refuses because it has newer content', () => {
    scene.hello()
    const order = scene.order()
    scene.dispatcher.delivery.deliverJob(order.job)
    scene.dispatcher.refused(DB1, order.run, { code: 'RUN_SUPERSEDED', message: 'generation 1, this minion has 3' })

    expect(scene.store.runs.get(order.run)).toMatchObject({
      state: 'superseded',
      problem: {
        code: 'RUN_SUPERSEDED',
        message: '`db1` already has newer content than this run, from a job that this master does not know',
      },
    })
  })
})

describe('a master that was rolled back by a snapshot of its disk', () => {
  it('gives the next catalog a generation above the one that the minion reports', () => {
    scene.order()
    scene.hello([], 40)
    const next = scene.order()
    scene.dispatcher.delivery.deliverJob(next.job)

    expect(scene.store.runs.get(next.run)?.generation).toBe(41)
    expect(scene.runsSent).toEqual([next.run])
  })

  it('does not send an order of its past again when the minion has newer content', () => {
    const past = scene.order()
    scene.hello([], 2)

    expect(scene.runsSent).toEqual([])
    expect(scene.store.runs.get(past.run)).toMatchObject({ state: 'superseded' })
    expect(scene.store.runs.get(past.run)).not.toHaveProperty('supersededBy')
  })

  it('sends the order of the generation that the minion has when it stood in line', () => {
    const order = scene.order()
    scene.hello([], 1)

    expect(scene.runsSent).toEqual([order.run])
  })
})
