import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openStore, type Store } from '../../../master/store/open.ts'
import { temporaryDirectory } from '../store/fixture.ts'
import { eventsOf, openScheduleScene, type ScheduleScene } from './schedule-scene.ts'

const HOURLY = 'schedules:\n  hourly: {cron: "0 * * * *", verb: test, target: "*"}\n'

let store: Store

/** At 00:30 on 21 November 2026, one minute after the schedule was first seen. */
async function sceneOf(file: string, start = '2026-11-21T00:30:00Z'): Promise<ScheduleScene> {
  const directory = temporaryDirectory()
  const clock = { now: () => Date.parse(start) }
  const open = (): Store => {
    store?.close()
    store = openStore(directory, { now: () => clock.now() })
    return store
  }
  store = undefined as unknown as Store
  const scene = openScheduleScene(open, start, file)
  clock.now = () => scene.now
  await scene.scheduler.tick()
  return scene
}

async function tickAt(scene: ScheduleScene, time: string): Promise<void> {
  scene.now = Date.parse(time.includes('T') ? time : `2026-11-21T${time}Z`)
  await scene.scheduler.tick()
}

const skipped = (): readonly string[] => eventsOf(store, 'schedule-skipped').map(({ why }) => why)

describe('a tick', () => {
  it('claims what is due, says when it runs next, and begins it once', async () => {
    const scene = await sceneOf(HOURLY)
    expect(store.schedules.get('hourly')).toMatchObject({ nextAt: '2026-11-21T01:00:00.000Z' })

    await tickAt(scene, '01:00:00.100')
    await tickAt(scene, '01:00:59')

    expect(scene.begun).toEqual(['hourly@2026-11-21T01:00:00.000Z'])
    expect(store.schedules.get('hourly')).toMatchObject({
      nextAt: '2026-11-21T02:00:00.000Z',
      lastDue: '2026-11-21T01:00:00.000Z',
    })
  })

  it('fires over both changes of the clock, once each night', async () => {
    const file =
      'schedules:\n  nightly: {cron: "30 1 * * *", timezone: Europe/London, verb: test, target: "*", overlap: allow}\n'
    for (const [start, minutes, expected] of [
      ['2026-03-28T12:00:00Z', 36 * 60, ['2026-03-29T01:00:00.000Z']],
      ['2026-10-24T12:00:00Z', 36 * 60, ['2026-10-25T00:30:00.000Z']],
    ] as const) {
      const scene = await sceneOf(file, start)
      for (let minute = 0; minute < minutes; minute += 1) {
        scene.now += 60_000
        await scene.scheduler.tick()
      }
      expect(scene.begun).toEqual(expected.map(at => `nightly@${at}`))
    }
  }, 60_000)

  it('keeps the last good schedule while the file is broken, and says so', async () => {
    const scene = await sceneOf(HOURLY)
    scene.file = 'schedules:\n  hourly: {cron: "61 * * * *", verb: test, target: "*"}\n'
    await tickAt(scene, '01:00:00')

    expect(scene.begun).toHaveLength(1)
    expect(scene.warned[0]).toContain('Invalid value for minute: 61')
  })
})

describe('an edit', () => {
  it('fires nothing that was due before it', async () => {
    const scene = await sceneOf(HOURLY)
    await tickAt(scene, '01:20:00')
    scene.begun.length = 0
    scene.file = HOURLY.replace('0 *', '10,40 *')
    scene.editedAtMs = Date.parse('2026-11-21T01:19:00Z')
    await tickAt(scene, '01:21:00')
    await tickAt(scene, '01:40:00')

    expect(scene.begun).toEqual([])
    expect(skipped()).toEqual(['overlap'])
  })

  it('that came just before a run does not lose it', async () => {
    const scene = await sceneOf(HOURLY)
    scene.file = HOURLY.replace('hourly', 'other')
    scene.editedAtMs = Date.parse('2026-11-21T00:59:50Z')
    await tickAt(scene, '01:00:00.050')

    expect(scene.begun).toEqual(['other@2026-11-21T01:00:00.000Z'])
  })

  it('that takes an entry out and puts it back later catches nothing up', async () => {
    const scene = await sceneOf(HOURLY)
    scene.file = ''
    await tickAt(scene, '00:40:00')
    expect(store.schedules.get('hourly')?.removedAt).toBeDefined()
    scene.file = HOURLY
    await tickAt(scene, '03:10:00')

    expect(scene.begun).toEqual([])
  })

  it('that switches it off and on again catches nothing up', async () => {
    const scene = await sceneOf(HOURLY)
    scene.file = HOURLY.replace('target: "*"', 'target: "*", enabled: false')
    await tickAt(scene, '01:00:00')
    scene.file = HOURLY
    await tickAt(scene, '02:10:00')

    expect(scene.begun).toEqual([])
  })
})

describe('overlap', () => {
  const of = (overlap: string): string => HOURLY.replace('target', `overlap: ${overlap}, target`)

  it('skip: the next one stays undone and the log says why', async () => {
    const scene = await sceneOf(of('skip'))
    await tickAt(scene, '01:00:00')
    await tickAt(scene, '02:00:00')

    expect(scene.begun).toHaveLength(1)
    expect(eventsOf(store, 'schedule-skipped')).toMatchObject([{ due: '2026-11-21T02:00:00.000Z', why: 'overlap' }])
  })

  it('queue: the next one begins when the one before is over', async () => {
    const scene = await sceneOf(of('queue'))
    await tickAt(scene, '01:00:00')
    await tickAt(scene, '02:00:00')
    expect(scene.begun).toHaveLength(1)

    await scene.end('hourly@2026-11-21T01:00:00.000Z', 'failed')

    expect(scene.begun.at(-1)).toBe('hourly@2026-11-21T02:00:00.000Z')
    expect(store.schedules.firings()).toMatchObject([{ id: 'hourly@2026-11-21T02:00:00.000Z', state: 'fired' }])
  })

  it('allow: both work', async () => {
    const scene = await sceneOf(of('allow'))
    await tickAt(scene, '01:00:00')
    await tickAt(scene, '02:00:00')

    expect(scene.begun).toHaveLength(2)
  })
})

describe('a restart', () => {
  it('catches up as `missed` says', async () => {
    const scene = await sceneOf(HOURLY)
    scene.now = Date.parse('2026-11-21T04:20:00Z')
    scene.restart()
    await scene.scheduler.tick()

    expect(scene.begun).toEqual(['hourly@2026-11-21T04:00:00.000Z'])
    expect(skipped()).toEqual(['made-good'])
  })

  it('finishes what was claimed and not done, as it was claimed', async () => {
    const scene = await sceneOf(HOURLY)
    await tickAt(scene, '01:00:00')
    scene.file = HOURLY.replace('test', 'apply')
    scene.now += 5000
    scene.restart()

    expect(scene.begun).toEqual(['hourly@2026-11-21T01:00:00.000Z', 'hourly@2026-11-21T01:00:00.000Z'])
    expect(eventsOf(store, 'schedule-fired')).toHaveLength(1)
    expect(store.schedules.firings()[0]?.order.verb).toBe('test')
  })

  it('long after a claim does not begin it any more', async () => {
    const scene = await sceneOf(HOURLY)
    await tickAt(scene, '01:00:00')
    scene.now = Date.parse('2026-11-23T01:00:00Z')
    scene.restart()

    expect(scene.begun).toHaveLength(1)
    expect(store.schedules.firings()).toEqual([])
    expect(skipped()).toEqual(['too-late'])
  })

  it('keeps a pause; what came due meanwhile stays undone', async () => {
    const scene = await sceneOf(HOURLY)
    await scene.scheduler.pause('hourly', 'ann')
    scene.restart()
    await tickAt(scene, '01:00:00')
    expect(scene.begun).toEqual([])
    expect(store.schedules.get('hourly')).toMatchObject({ pausedBy: 'ann' })

    scene.now = Date.parse('2026-11-21T02:30:00Z')
    await scene.scheduler.resume('hourly', 'ann')
    await scene.scheduler.tick()
    await tickAt(scene, '03:00:00')

    expect(scene.begun).toEqual(['hourly@2026-11-21T03:00:00.000Z'])
  })
})

describe('by hand', () => {
  it('fires now, says who asked, and leaves the next run where it was', async () => {
    const scene = await sceneOf(HOURLY)
    const done = scene.scheduler.run('hourly', 'ann')
    await expect.poll(() => scene.begun).toEqual(['hourly@2026-11-21T00:30:00.000Z'])
    await scene.end('hourly@2026-11-21T00:30:00.000Z')

    expect(await done).toMatchObject({ end: { outcome: 'done' } })
    expect(eventsOf(store, 'schedule-fired')).toMatchObject([{ operator: 'ann' }])
    await tickAt(scene, '01:00:00')
    expect(scene.begun).toHaveLength(2)
  })

  it('is refused while it works, and for a name that is none', async () => {
    const scene = await sceneOf(HOURLY)
    await tickAt(scene, '01:00:00')

    await expect(scene.scheduler.run('hourly', 'ann')).rejects.toMatchObject({ code: 'SCHEDULE_BUSY' })
    await expect(scene.scheduler.run('hourl', 'ann')).rejects.toMatchObject({
      code: 'SCHEDULE_UNKNOWN',
      problems: [{ hint: 'Did you mean `hourly`?' }],
    })
  })
})

describe('whatever happens', () => {
  it('no run is fired twice, and every run is fired or told to be skipped', async () => {
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
        const scene = await sceneOf(file, '2026-10-24T22:00:00Z')
        for (const { kind, ms } of steps) {
          scene.now += kind === 'back' ? -ms : ms
          const [open] = store.schedules.firings().filter(({ state }) => state === 'fired')
          if (kind === 'restart') scene.restart()
          if (kind === 'end' && open !== undefined) await scene.end(open.id)
          await scene.scheduler.tick()
        }
        const fired = eventsOf(store, 'schedule-fired').map(({ firing }) => firing)
        const claimed = [...eventsOf(store, 'schedule-queued').map(({ firing }) => firing), ...fired]
        const skips = eventsOf(store, 'schedule-skipped')
        expect(new Set(fired).size).toBe(fired.length)
        for (const firing of new Set(claimed)) {
          const due = firing.split('@')[1] ?? ''
          const also = skips.filter(
            skip => skip.firing === undefined && skip.due <= due && due <= (skip.until ?? skip.due),
          )
          expect(also).toEqual([])
        }
        store.close()
        store = undefined as unknown as Store
      }),
      { numRuns: 30 },
    )
  }, 60_000)
})
