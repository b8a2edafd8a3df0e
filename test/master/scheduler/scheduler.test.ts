import { describe, expect, it } from 'vitest'
import { eventsOf, HOURLY, openScheduleScene } from './schedule-scene.ts'

it('a tick claims the run that is due, records the next one, and starts it once', async () => {
  const scene = await openScheduleScene(HOURLY)
  expect(scene.store.schedules.get('hourly')).toMatchObject({ nextAt: '2026-11-21T01:00:00.000Z' })

  await scene.tickAt('01:00:00.100')
  await scene.tickAt('01:00:59')

  expect(scene.begun).toEqual(['hourly@2026-11-21T01:00:00.000Z'])
  expect(scene.store.schedules.get('hourly')).toMatchObject({
    nextAt: '2026-11-21T02:00:00.000Z',
    lastDue: '2026-11-21T01:00:00.000Z',
  })
})

it.each([
  // Local times that do not exist, or occur twice, in that night.
  ['30 2 * * *', 'Europe/Berlin', '2026-03-28T22:00Z', '2026-03-29T01:00Z'],
  ['30 2 * * *', 'Europe/Berlin', '2026-10-24T22:00Z', '2026-10-25T00:30Z'],
  ['30 2 * * *', 'America/New_York', '2026-03-08T04:00Z', '2026-03-08T07:00Z'],
  ['30 1 * * *', 'America/New_York', '2026-11-01T03:00Z', '2026-11-01T05:30Z'],
  ['15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T12:00Z', '2026-10-03T15:30Z'],
  ['45 1 * * *', 'Australia/Lord_Howe', '2026-04-04T12:00Z', '2026-04-04T14:45Z'],
  ['0 2 31 * *', 'Europe/Berlin', '2030-03-30T22:00Z', '2030-03-31T01:00Z'],
  ['0 2 31 * *', 'Europe/Berlin', '2027-10-30T22:00Z', '2027-10-31T00:00Z'],
  ['30 23 28 2 *', 'Europe/Berlin', '2027-02-28T20:00Z', '2027-02-28T22:30Z'],
  ['0 0 29 2 *', 'America/New_York', '2028-02-29T03:00Z', '2028-02-29T05:00Z'],
])('the schedule %s in %s runs once at a DST change or the end of a month', async (cron, timezone, start, due) => {
  const file = `schedules:\n  it: {cron: "${cron}", timezone: ${timezone}, verb: test, target: "*", overlap: allow}\n`
  const scene = await openScheduleScene(file, start)
  for (let minute = 0; minute < 8 * 60; minute += 1) {
    scene.now += 60_000
    await scene.scheduler.tick()
  }

  expect(scene.begun).toEqual([`it@${new Date(due).toISOString()}`])
})

it('a tick starts all schedules that are due in the same minute, each once', async () => {
  const names = Array.from({ length: 200 }, (_, number) => `s${number}`)
  const entries = names.map(name => `  ${name}: {cron: "0 1 * * *", verb: test, target: "*"}\n`)
  const scene = await openScheduleScene(`schedules:\n${entries.join('')}`)
  const begun = process.threadCpuUsage()
  await scene.tickAt('01:00:00.500')
  const { user, system } = process.threadCpuUsage(begun)
  await scene.tickAt('01:01:00')

  expect(scene.begun).toEqual(names.map(name => `${name}@2026-11-21T01:00:00.000Z`))
  expect((user + system) / 1000).toBeLessThan(5000)
})

it('a tick keeps the last valid schedule while the file is broken, and warns', async () => {
  const scene = await openScheduleScene(HOURLY)
  scene.file = 'schedules:\n  hourly: {cron: "61 * * * *", verb: test, target: "*"}\n'
  await scene.tickAt('01:00:00')

  await scene.end('hourly@2026-11-21T01:00:00.000Z')
  await scene.tickAt('02:00:00')

  expect(scene.begun).toHaveLength(2)
  expect(scene.warned).toEqual([expect.stringContaining('Invalid value for minute: 61')])
  expect(await scene.scheduler.look()).toMatchObject({
    entries: [{ entry: { name: 'hourly', cron: '0 * * * *' } }],
    problems: [{ source: { file: 'schedule.yml', line: 2, column: 18 } }],
  })
})

it('the last valid schedule is kept across a restart and can be paused while the file is broken', async () => {
  const scene = await openScheduleScene(HOURLY)
  scene.file = 'schedules: [\n'
  scene.now = Date.parse('2026-11-21T01:00:00Z')
  await scene.restart()
  expect(scene.begun).toHaveLength(1)

  await scene.scheduler.pause('hourly', 'ann')
  await scene.tickAt('02:00:00')
  expect(scene.begun).toHaveLength(1)
})

it('an edit of the schedule starts no run that was due before it', async () => {
  const scene = await openScheduleScene(HOURLY)
  await scene.tickAt('01:20:00')
  scene.begun.length = 0
  scene.file = HOURLY.replace('0 *', '10,40 *')
  scene.editedAtMs = Date.parse('2026-11-21T01:19:00Z')
  await scene.tickAt('01:21:00')
  await scene.tickAt('01:40:00')

  expect(scene.begun).toEqual([])
  expect(eventsOf(scene.store, 'schedule-skipped').map(({ why }) => why)).toEqual(['overlap'])
})

it('an edit just before a run does not lose the run', async () => {
  const scene = await openScheduleScene(HOURLY)
  scene.file = HOURLY.replace('hourly', 'other')
  scene.editedAtMs = Date.parse('2026-11-21T00:59:50Z')
  await scene.tickAt('01:00:00.050')

  expect(scene.begun).toEqual(['other@2026-11-21T01:00:00.000Z'])
})

it('an entry that is removed and added again later catches up nothing', async () => {
  const scene = await openScheduleScene(HOURLY)
  scene.file = ''
  await scene.tickAt('00:40:00')
  expect(scene.store.schedules.get('hourly')?.removedAt).toBeDefined()
  scene.file = HOURLY
  await scene.tickAt('03:10:00')

  expect(scene.begun).toEqual([])
})

it('a schedule file that is read while half written removes no entry', async () => {
  const scene = await openScheduleScene(HOURLY)
  scene.file = ''
  await scene.tickAt('01:00:00.010')
  scene.file = HOURLY
  scene.editedAtMs = Date.parse('2026-11-21T01:00:00.020Z')
  await scene.tickAt('01:01:00')

  expect(scene.begun).toEqual(['hourly@2026-11-21T01:00:00.000Z'])
})

it('an entry that is removed while it runs ends normally and does not run again', async () => {
  const scene = await openScheduleScene(HOURLY)
  await scene.tickAt('01:00:00')
  scene.file = ''
  await scene.tickAt('01:01:00')
  await scene.end('hourly@2026-11-21T01:00:00.000Z')
  await scene.tickAt('02:00:00')

  expect(scene.begun).toHaveLength(1)
  expect(eventsOf(scene.store, 'schedule-ended')).toHaveLength(1)
  await expect(scene.scheduler.run('hourly', 'ann')).rejects.toMatchObject({ code: 'SCHEDULE_UNKNOWN' })
})

it('an entry that is disabled and enabled again catches up nothing', async () => {
  const scene = await openScheduleScene(HOURLY)
  scene.file = HOURLY.replace('target: "*"', 'target: "*", enabled: false')
  await scene.tickAt('01:00:00')
  scene.file = HOURLY
  await scene.tickAt('02:10:00')

  expect(scene.begun).toEqual([])
})

describe('overlap', () => {
  const of = (overlap: string): string => HOURLY.replace('target', `overlap: ${overlap}, target`)

  it('with `overlap: skip` the next run is skipped and the log says why', async () => {
    const scene = await openScheduleScene(of('skip'))
    await scene.tickAt('01:00:00')
    await scene.tickAt('02:00:00')

    expect(scene.begun).toHaveLength(1)
    expect(eventsOf(scene.store, 'schedule-skipped')).toMatchObject([
      { due: '2026-11-21T02:00:00.000Z', why: 'overlap' },
    ])
  })

  it('with `overlap: queue` the next run starts when the previous one ends', async () => {
    const scene = await openScheduleScene(of('queue'))
    await scene.tickAt('01:00:00')
    await scene.tickAt('02:00:00')
    expect(scene.begun).toHaveLength(1)

    await scene.end('hourly@2026-11-21T01:00:00.000Z', 'failed')

    expect(scene.begun.at(-1)).toBe('hourly@2026-11-21T02:00:00.000Z')
    expect(scene.store.schedules.scheduledRuns()).toMatchObject([
      { id: 'hourly@2026-11-21T02:00:00.000Z', state: 'fired' },
    ])
  })

  it('with `overlap: allow` two runs work at the same time', async () => {
    const scene = await openScheduleScene(of('allow'))
    await scene.tickAt('01:00:00')
    await scene.tickAt('02:00:00')

    expect(scene.begun).toHaveLength(2)
  })
})

it('a restart of the master catches up runs according to `missed`', async () => {
  const scene = await openScheduleScene(HOURLY)
  scene.now = Date.parse('2026-11-21T04:20:00Z')
  await scene.restart()

  expect(scene.begun).toEqual(['hourly@2026-11-21T04:00:00.000Z'])
  expect(eventsOf(scene.store, 'schedule-skipped').map(({ why }) => why)).toEqual(['made-good'])
})

it('a restart of the master finishes a claimed run with its original definition', async () => {
  const scene = await openScheduleScene(HOURLY)
  await scene.tickAt('01:00:00')
  scene.file = HOURLY.replace('test', 'apply')
  scene.now += 5000
  await scene.restart()

  expect(scene.begun).toEqual(['hourly@2026-11-21T01:00:00.000Z', 'hourly@2026-11-21T01:00:00.000Z'])
  expect(eventsOf(scene.store, 'schedule-fired')).toHaveLength(1)
  expect(scene.store.schedules.scheduledRuns()[0]?.order.verb).toBe('test')
})

it('a restart long after a claim skips the run as too late', async () => {
  const scene = await openScheduleScene(HOURLY)
  await scene.tickAt('01:00:00')
  scene.now = Date.parse('2026-11-23T01:00:00Z')
  await scene.restart()

  expect(scene.begun).toEqual(['hourly@2026-11-21T01:00:00.000Z', 'hourly@2026-11-23T01:00:00.000Z'])
  expect(eventsOf(scene.store, 'schedule-skipped')[0]).toMatchObject({ firing: scene.begun[0], why: 'too-late' })
  expect(scene.store.schedules.get('hourly')?.lastOutcome).toBeUndefined()
})

it('a restart of the master keeps a pause, and runs due meanwhile are skipped', async () => {
  const scene = await openScheduleScene(HOURLY)
  await scene.scheduler.pause('hourly', 'ann')
  await scene.restart()
  await scene.tickAt('01:00:00')
  expect(scene.begun).toEqual([])
  expect(scene.store.schedules.get('hourly')).toMatchObject({ pausedBy: 'ann' })

  scene.now = Date.parse('2026-11-21T02:30:00Z')
  await scene.scheduler.resume('hourly', 'ann')
  await scene.scheduler.tick()
  await scene.tickAt('03:00:00')

  expect(scene.begun).toEqual(['hourly@2026-11-21T03:00:00.000Z'])
})

it('a manual run starts now, records who asked, and does not move the next run', async () => {
  const scene = await openScheduleScene(HOURLY)
  const done = scene.scheduler.run('hourly', 'ann')
  await expect.poll(() => scene.begun).toEqual(['hourly@2026-11-21T00:30:00.000Z'])
  await scene.end('hourly@2026-11-21T00:30:00.000Z')

  expect(await done).toMatchObject({ end: { outcome: 'done' } })
  expect(eventsOf(scene.store, 'schedule-fired')).toMatchObject([{ operator: 'ann' }])
  await scene.tickAt('01:00:00')
  expect(scene.begun).toHaveLength(2)
})

it('a manual run is refused while the schedule is running and for an unknown name', async () => {
  const scene = await openScheduleScene(HOURLY)
  await scene.tickAt('01:00:00')

  await expect(scene.scheduler.run('hourly', 'ann')).rejects.toMatchObject({ code: 'SCHEDULE_BUSY' })
  await expect(scene.scheduler.run('hourl', 'ann')).rejects.toMatchObject({
    code: 'SCHEDULE_UNKNOWN',
    problems: [{ hint: 'Did you mean `hourly`?' }],
  })
})
