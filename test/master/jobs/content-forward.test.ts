import { afterEach, beforeEach, expect, it } from 'vitest'
import { DB1, DispatcherScene } from './dispatcher-scene.ts'

let scene: DispatcherScene
beforeEach(() => {
  scene = new DispatcherScene()
})
afterEach(() => scene.close())

it('an offline minion gets only the newest of its queued orders, and the others name the job that superseded them', () => {
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

it('a run of a later wave is superseded when newer content was sent in the meantime', () => {
  const older = scene.order({ wave: 1 })
  const newer = scene.order()
  scene.hello()
  scene.dispatcher.delivery.deliverJob(older.job)

  expect(scene.runsSent).toEqual([newer.run])
  expect(scene.state(older)).toBe('superseded')
})

it('a delayed run is not sent after newer content', () => {
  const older = scene.order({ notBefore: new Date(scene.now + 10_000).toISOString() })
  const newer = scene.order()
  scene.hello()
  scene.now += 10_000
  scene.dispatcher.lookAtTimes()

  expect(scene.runsSent).toEqual([newer.run])
  expect(scene.state(older)).toBe('superseded')
})

it('a run that is due is sent before the delayed run of a newer job, which follows later', () => {
  scene.hello()
  const older = scene.order()
  const delayed = scene.order({ notBefore: new Date(scene.now + 10_000).toISOString() })
  scene.dispatcher.delivery.deliverJob(older.job)
  scene.now += 10_000
  scene.dispatcher.lookAtTimes()

  expect(scene.runsSent).toEqual([older.run, delayed.run])
})

it('after a restart of the minion only the newer of two queued runs is sent again', () => {
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

it('an order lost in a disconnect is not sent again when newer content was sent after it', () => {
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

it('older content is not sent after newer content across a restart of the master', () => {
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

it('dry runs and applies do not supersede each other', () => {
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

it('a report overrides the state superseded of its run', () => {
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

it('a run that its minion refuses because it has newer content ends as superseded', () => {
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

it('after a rollback by disk snapshot, a master assigns the next catalog a generation above the one of the minion', () => {
  scene.order()
  scene.hello([], 40)
  const next = scene.order()
  scene.dispatcher.delivery.deliverJob(next.job)

  expect(scene.store.runs.get(next.run)?.generation).toBe(41)
  expect(scene.runsSent).toEqual([next.run])
})

it('after a rollback by disk snapshot, a master does not send an old order again when the minion has newer content', () => {
  const past = scene.order()
  scene.hello([], 2)

  expect(scene.runsSent).toEqual([])
  expect(scene.store.runs.get(past.run)).toMatchObject({ state: 'superseded' })
  expect(scene.store.runs.get(past.run)).not.toHaveProperty('supersededBy')
})

it('after a rollback by disk snapshot, a master sends a queued order of the generation that the minion has', () => {
  const order = scene.order()
  scene.hello([], 1)

  expect(scene.runsSent).toEqual([order.run])
})
