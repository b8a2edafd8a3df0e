import fc from 'fast-check'
import { expect, it } from 'vitest'
import { eventsOf, HOURLY, openScheduleScene } from './schedule-scene.ts'

it('a clock set back by hours starts no run twice, and the schedule continues where it was', async () => {
  const scene = await openScheduleScene(HOURLY.replace('target', 'overlap: allow, target'))
  await scene.tickAt('05:00:00')
  await scene.tickAt('02:30:00')
  await scene.tickAt('03:00:00')
  await scene.tickAt('05:00:00')
  expect(scene.begun).toEqual(['hourly@2026-11-21T05:00:00.000Z'])
  await scene.tickAt('06:00:00')

  expect(scene.begun).toHaveLength(2)
})

it('a clock that was wrong by years does not stop the schedule for years after it is corrected', async () => {
  const scene = await openScheduleScene(HOURLY.replace('target', 'overlap: allow, target'))
  await scene.tickAt('2036-01-01T00:00:30Z')
  expect(scene.begun).toEqual(['hourly@2036-01-01T00:00:00.000Z'])
  await scene.tickAt('01:10:00')
  await scene.tickAt('02:00:00')

  expect(scene.begun.slice(1)).toEqual(['hourly@2026-11-21T02:00:00.000Z'])
  expect(eventsOf(scene.store, 'schedule-set').at(-1)).toMatchObject({
    clock: 'back',
    next: '2026-11-21T02:00:00.000Z',
  })
  expect(scene.store.rebuildViews()).toEqual([])
})

it('a full disk at the claim starts no run, and the run starts once when there is room', async () => {
  const scene = await openScheduleScene(HOURLY)
  scene.full = true
  await scene.tickAt('01:00:00')
  expect(scene.begun).toEqual([])
  expect(scene.warned).toEqual([expect.stringContaining('STORE_FULL')])
  scene.full = false
  await scene.tickAt('01:07:00')
  await scene.tickAt('01:08:00')

  expect(scene.begun).toEqual(['hourly@2026-11-21T01:00:00.000Z'])
})

it('a full disk at the end of a run delays that end and then the queued runs', async () => {
  const scene = await openScheduleScene(HOURLY.replace('target', 'overlap: queue, target'))
  await scene.tickAt('01:00:00')
  await scene.tickAt('02:00:00')
  scene.full = true
  await scene.end('hourly@2026-11-21T01:00:00.000Z')
  await scene.tickAt('02:01:00')
  expect(scene.begun).toHaveLength(2)
  scene.full = false
  await scene.tickAt('02:02:00')
  await scene.end('hourly@2026-11-21T01:00:00.000Z')

  expect(scene.begun.map(id => id.slice(18, 23))).toEqual(['01:00', '01:00', '02:00'])
})

it('no run is started twice, and every run is started or logged as skipped, whatever happens', async () => {
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constant('tick' as const), ms: fc.integer({ min: 1000, max: 3_600_000 }) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('restart' as const), ms: fc.integer({ min: 0, max: 20_000_000 }) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('back' as const), ms: fc.integer({ min: 0, max: 7_200_000 }) }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('end' as const), ms: fc.constant(0) }) },
  )
  const rule = fc.record({
    overlap: fc.constantFrom('skip', 'queue', 'allow'),
    missed: fc.constantFrom('skip', 'once', 'all'),
  })
  await fc.assert(
    fc.asyncProperty(rule, fc.array(step, { maxLength: 30 }), async ({ overlap, missed }, steps) => {
      const more = `timezone: Europe/London, overlap: ${overlap}, missed: ${missed}, target`
      const file = HOURLY.replace('0 *', '*/20 *').replace('target', more)
      const scene = await openScheduleScene(file, '2026-10-24T22:00:00Z')
      for (const { kind, ms } of steps) {
        scene.now += kind === 'back' ? -ms : ms
        const [open] = scene.store.schedules.scheduledRuns().filter(({ state }) => state === 'fired')
        if (kind === 'restart') await scene.restart()
        if (kind === 'end' && open !== undefined) await scene.end(open.id)
        await scene.scheduler.tick()
      }
      const fired = eventsOf(scene.store, 'schedule-fired').map(({ firing: scheduledRun }) => scheduledRun)
      const claimed = [
        ...eventsOf(scene.store, 'schedule-queued').map(({ firing: scheduledRun }) => scheduledRun),
        ...fired,
      ]
      const skips = eventsOf(scene.store, 'schedule-skipped')
      expect(new Set(fired).size).toBe(fired.length)
      for (const scheduledRun of new Set(claimed)) {
        const due = scheduledRun.split('@')[1] ?? ''
        const also = skips.filter(
          skip => skip.firing === undefined && skip.due <= due && due <= (skip.until ?? skip.due),
        )
        expect(also).toEqual([])
      }
      scene.close()
    }),
    { numRuns: 30 },
  )
})
