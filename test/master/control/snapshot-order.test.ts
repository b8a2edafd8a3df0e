import { generateKeyPairSync } from 'node:crypto'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { ControlContext } from '../../../master/context.ts'
import type { CompiledMinion } from '../../../master/control/compile-minions.ts'
import type { FleetSnapshot } from '../../../master/control/snapshot.ts'
import { createSnapshotOrder } from '../../../master/control/snapshot-order.ts'
import { orderJob, orderMore, prepareRuns } from '../../../master/jobs/order.ts'
import type { JobId } from '../../../protocol/ids.ts'
import { catalogOf, DB1, DispatcherScene } from '../jobs/dispatcher-scene.ts'

let scene: DispatcherScene
let context: ControlContext
beforeEach(() => {
  scene = new DispatcherScene()
  context = {
    store: scene.store,
    keyStore: scene.store.keys,
    now: () => scene.now,
    random: scene.random,
    ephemeralKey: () => generateKeyPairSync('x25519').privateKey,
    snapshots: createSnapshotOrder(),
  } as Partial<ControlContext> as ControlContext
})
afterEach(() => scene.close())

const snapshot = (): FleetSnapshot =>
  ({
    ordinal: context.snapshots.next(),
    fleet: { revision: '0'.repeat(64) },
  }) as Partial<FleetSnapshot> as FleetSnapshot

function compiled(text: string): readonly CompiledMinion[] {
  const catalog = catalogOf(text)
  const one = { minion: { id: DB1 }, compiled: { catalog, blobs: new Map(), secrets: [] }, wave: 0, awaits: [] }
  return [one as unknown as CompiledMinion]
}

async function apply(of: FleetSnapshot, text: string, verb: 'apply' | 'test' = 'apply'): Promise<JobId> {
  const wish = { verb, origin: 'order', target: '*', operator: 'root', options: {}, git: undefined } as const
  const expiresAt = new Date(scene.now + 60_000).toISOString()
  const prepared = await prepareRuns(context, compiled(text))
  return orderJob(context, of, { ...wish, expiresAt }, prepared).job
}

const runOf = (job: JobId) => scene.store.runs.ofJob(job).at(-1)

it('an apply of an older snapshot is superseded by a newer one that was ordered while it was compiled', async () => {
  const older = snapshot()
  const newer = snapshot()
  const second = await apply(newer, 'new')
  const first = await apply(older, 'old')
  scene.hello()

  expect(runOf(first)).toMatchObject({ state: 'superseded', supersededBy: second })
  expect(scene.runsSent).toEqual([runOf(second)?.id])
})

it('generations follow the order of the snapshots', async () => {
  const older = snapshot()
  const newer = snapshot()
  const jobs: JobId[] = []
  for (const [of, text] of [
    [snapshot(), 'newest'],
    [newer, 'new'],
    [older, 'old'],
    [snapshot(), 'again'],
  ] as const) {
    jobs.push(await apply(of, text))
  }

  expect(jobs.map(job => [runOf(job)?.state, runOf(job)?.generation])).toEqual([
    ['queued', 1],
    ['superseded', 1],
    ['superseded', 1],
    ['queued', 2],
  ])
})

it('a further round of an apply is superseded when its minion got newer content in the meantime', async () => {
  const mine = snapshot()
  const job = await apply(mine, 'first round')
  scene.hello()
  scene.report({ job, run: runOf(job)?.id ?? ('' as never) })
  const other = await apply(snapshot(), 'new')
  orderMore(context, mine, job, await prepareRuns(context, compiled('second round')))
  scene.dispatcher.delivery.deliverJob(other)
  scene.dispatcher.delivery.deliverJob(job)

  expect(runOf(job)).toMatchObject({ wave: 1, state: 'superseded', supersededBy: other })
  expect(scene.runsSent.at(-1)).toBe(runOf(other)?.id)
})

it('a further round of the newest apply is ordered', async () => {
  const mine = snapshot()
  const job = await apply(mine, 'first round')
  orderMore(context, mine, job, await prepareRuns(context, compiled('second round')))

  expect(runOf(job)).toMatchObject({ wave: 1, state: 'queued', generation: 2 })
})

it('a dry run of an older snapshot is run because it changes nothing', async () => {
  const older = snapshot()
  await apply(snapshot(), 'new')

  expect(runOf(await apply(older, 'old', 'test'))?.state).toBe('queued')
})

it('reads of the fleet never overlap, and callers that wait during one share the next one', async () => {
  const order = createSnapshotOrder()
  let open = 0
  let begun = 0
  const read = async (): Promise<number> => {
    open += 1
    expect(open).toBe(1)
    const mine = ++begun
    for (let tick = 0; tick < 5; tick++) await Promise.resolve()
    open -= 1
    return mine
  }
  const first = order.read(read)
  const [second, third] = [order.read(read), order.read(read)]
  const fourth = first.then(() => order.read(read))

  expect(await Promise.all([first, second, third])).toEqual([1, 2, 2])
  expect([2, 3]).toContain(await fourth)
  expect(await order.read(read)).toBe(begun)
})

it('a read of the fleet runs after one that failed', async () => {
  const order = createSnapshotOrder()
  const failed = order.read(() => Promise.reject(new Error('no fleet')))
  const next = order.read(() => Promise.resolve(2))

  await expect(failed).rejects.toThrow('no fleet')
  expect(await next).toBe(2)
})
