import { createTask } from 'node-cron'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { explainCron, explainTimezone, nextRuns } from '../../../master/schedule/cron.ts'

const runs = (cron: string, timezone: string, after: string, count: number): readonly string[] => {
  return nextRuns({ cron, timezone }, Date.parse(after), count).map(at =>
    new Date(at).toISOString().replace(':00.000', ''),
  )
}

it.each([
  // Spring: clocks go from 01:00 to 02:00 on 29 March; that night's run happens where 01:30 would have been.
  [
    'a daily run in the spring gap',
    '30 1 * * *',
    'Europe/London',
    '2026-03-28T00:00:00Z',
    ['2026-03-28T01:30Z', '2026-03-29T01:00Z', '2026-03-30T00:30Z'],
  ],
  // Autumn: 01:00 to 02:00 occurs twice on 25 October; the run happens once.
  [
    'a daily run in the repeated hour',
    '30 1 * * *',
    'Europe/London',
    '2026-10-24T00:00:00Z',
    ['2026-10-24T00:30Z', '2026-10-25T00:30Z', '2026-10-26T01:30Z'],
  ],
  [
    'half-hourly runs through the spring gap',
    '*/30 * * * *',
    'Europe/London',
    '2026-03-29T00:10:00Z',
    ['2026-03-29T00:30Z', '2026-03-29T01:00Z', '2026-03-29T01:30Z', '2026-03-29T02:00Z'],
  ],
  [
    'half-hourly runs through the repeated hour',
    '*/30 * * * *',
    'Europe/London',
    '2026-10-24T23:59:00Z',
    ['2026-10-25T00:00Z', '2026-10-25T00:30Z', '2026-10-25T01:00Z', '2026-10-25T01:30Z', '2026-10-25T02:00Z'],
  ],
  [
    'the other side of the ocean, spring',
    '30 2 * * *',
    'America/New_York',
    '2026-03-07T12:00:00Z',
    ['2026-03-08T07:00Z', '2026-03-09T06:30Z'],
  ],
  [
    'the other side of the ocean, autumn',
    '30 1 * * *',
    'America/New_York',
    '2026-10-31T12:00:00Z',
    ['2026-11-01T05:30Z', '2026-11-02T06:30Z'],
  ],
  [
    'a zone that moves by half an hour',
    '30 1 * * *',
    'Australia/Lord_Howe',
    '2026-04-03T12:00:00Z',
    ['2026-04-03T14:30Z', '2026-04-04T14:30Z', '2026-04-05T15:00Z'],
  ],
  [
    'the southern spring',
    '30 2 * * *',
    'Australia/Sydney',
    '2026-10-02T20:00:00Z',
    ['2026-10-03T16:00Z', '2026-10-04T15:30Z'],
  ],
  [
    'a daily run in the gap of Berlin',
    '30 2 * * *',
    'Europe/Berlin',
    '2026-03-27T12:00:00Z',
    ['2026-03-28T01:30Z', '2026-03-29T01:00Z', '2026-03-30T00:30Z'],
  ],
  [
    'two runs that the gap of Berlin makes one',
    '0 2,3 * * *',
    'Europe/Berlin',
    '2026-03-28T12:00:00Z',
    ['2026-03-29T01:00Z', '2026-03-30T00:00Z', '2026-03-30T01:00Z'],
  ],
  [
    'a daily run in the repeated hour of Berlin',
    '30 2 * * *',
    'Europe/Berlin',
    '2026-10-24T12:00:00Z',
    ['2026-10-25T00:30Z', '2026-10-26T01:30Z'],
  ],
  [
    'hourly runs through the repeated hour of Berlin',
    '30 * * * *',
    'Europe/Berlin',
    '2026-10-24T23:00:00Z',
    ['2026-10-24T23:30Z', '2026-10-25T00:30Z', '2026-10-25T01:30Z', '2026-10-25T02:30Z'],
  ],
  [
    'a gap of half an hour',
    '15 2 * * *',
    'Australia/Lord_Howe',
    '2026-10-02T12:00:00Z',
    ['2026-10-02T15:45Z', '2026-10-03T15:30Z', '2026-10-04T15:15Z'],
  ],
  [
    'half an hour that comes twice',
    '45 1 * * *',
    'Australia/Lord_Howe',
    '2026-04-03T12:00:00Z',
    ['2026-04-03T14:45Z', '2026-04-04T14:45Z', '2026-04-05T15:15Z'],
  ],
  [
    'quarters of an hour through the half hour that comes twice',
    '*/15 * * * *',
    'Australia/Lord_Howe',
    '2026-04-04T14:25:00Z',
    ['2026-04-04T14:30Z', '2026-04-04T14:45Z', '2026-04-04T15:00Z', '2026-04-04T15:15Z', '2026-04-04T15:30Z'],
  ],
  [
    'the 31st in Berlin, which is a change of the clock in some years',
    '0 2 31 * *',
    'Europe/Berlin',
    '2027-08-01T00:00:00Z',
    ['2027-08-31T00:00Z', '2027-10-31T00:00Z', '2027-12-31T01:00Z'],
  ],
  [
    'the 31st that has no 02:00',
    '0 2 31 * *',
    'Europe/Berlin',
    '2030-02-01T00:00:00Z',
    ['2030-03-31T01:00Z', '2030-05-31T00:00Z'],
  ],
  [
    'the 31st only where there is one',
    '0 0 31 * *',
    'UTC',
    '2026-01-30T12:00:00Z',
    ['2026-01-31T00:00Z', '2026-03-31T00:00Z', '2026-05-31T00:00Z'],
  ],
  [
    'the last day of each month',
    '0 23 L * *',
    'Europe/Berlin',
    '2027-12-30T12:00:00Z',
    ['2027-12-31T22:00Z', '2028-01-31T22:00Z', '2028-02-29T22:00Z', '2028-03-31T21:00Z'],
  ],
  ['the leap day', '0 0 29 2 *', 'UTC', '2026-01-30T12:00:00Z', ['2028-02-29T00:00Z', '2032-02-29T00:00Z']],
  ['the leap day that 2100 has not', '0 0 29 2 *', 'UTC', '2096-03-01T00:00:00Z', ['2104-02-29T00:00Z']],
  ['the turn of the year in a zone ahead', '0 0 1 1 *', 'Asia/Tokyo', '2026-06-01T00:00:00Z', ['2026-12-31T15:00Z']],
  [
    'either day of month or day of week',
    '0 0 13 * 5',
    'UTC',
    '2026-03-06T12:00:00Z',
    ['2026-03-13T00:00Z', '2026-03-20T00:00Z'],
  ],
])('the next runs are correct for %s', (_title, cron, timezone, after, expected) => {
  expect(runs(cron, timezone, after, expected.length)).toEqual(expected)
})

it('the next runs are strictly after the given time', () => {
  expect(runs('30 1 * * *', 'UTC', '2026-11-21T01:30:00.000Z', 1)).toEqual(['2026-11-22T01:30Z'])
  expect(runs('30 1 * * *', 'UTC', '2026-11-21T01:29:59.999Z', 1)).toEqual(['2026-11-21T01:30Z'])
  expect(runs('30 1 * * *', 'UTC', '2026-11-21T01:30:00.001Z', 1)).toEqual(['2026-11-22T01:30Z'])
})

describe('a daily run', () => {
  const local = (at: number, timeZone: string): string =>
    new Date(at).toLocaleString('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' })

  it.each(['UTC', 'Europe/Berlin', 'Europe/London', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu'])(
    'a daily schedule runs once on every day of three years, at its time, in %s',
    timezone => {
      for (let minutes = 0; minutes < 4 * 60; minutes += 15) {
        const time = `0${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`
        const rule = { cron: `${minutes % 60} ${Math.floor(minutes / 60)} * * *`, timezone }
        const from = Date.parse('2026-01-01T12:00:00Z')
        const shown = nextRuns(rule, from, 3 * 365).map(at => local(at, timezone))

        expect(new Set(shown.map(one => one.slice(0, 10))).size).toBe(3 * 365)
        // The time differs only in a night that lacks the hour: right after the gap.
        const moved = shown.filter(one => one.slice(11) !== time)
        expect(moved.length).toBeLessThanOrEqual(3)
        for (const one of moved) expect(one.slice(11) > time).toBe(true)
      }
    },
    120_000,
  )
})

describe('node-cron', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  /** Times at which node-cron fires, with its clock advanced a minute at a time. */
  async function firedBetween(from: string, until: string, cron: string): Promise<readonly string[]> {
    vi.useFakeTimers({ now: Date.parse(from) })
    const fired: string[] = []
    const task = createTask(cron, () => void fired.push(new Date().toISOString().replace(':00.000', '')), {
      timezone: 'Europe/London',
    })
    await task.start()
    while (Date.now() < Date.parse(until)) await vi.advanceTimersByTimeAsync(60_000)
    await task.destroy()
    return fired
  }

  it('node-cron is not used for time zones because it loses the run in the DST gap', async () => {
    const cron = '30 1 * * *'
    const [from, until] = ['2026-03-28T00:00:00Z', '2026-03-30T12:00:00Z']

    expect(await firedBetween(from, until, cron)).toEqual(['2026-03-28T01:30Z', '2026-03-30T00:30Z'])
    expect(runs(cron, 'Europe/London', from, 3)).toContain('2026-03-29T01:00Z')
  })

  it('node-cron is not used for time zones because it skips the first pass of the repeated hour', async () => {
    const cron = '*/30 * * * *'
    const [from, until] = ['2026-10-25T00:01:00Z', '2026-10-25T02:01:00Z']

    expect(await firedBetween(from, until, cron)).not.toEqual(runs(cron, 'Europe/London', from, 4))
  })
})

it.each([
  ['30 1 * *', 'it must have five fields: minute, hour, day of month, month, day of week'],
  ['0 30 1 * * *', 'it must have five fields: minute, hour, day of month, month, day of week'],
  ['@daily', 'it must have five fields: minute, hour, day of month, month, day of week'],
  ['61 * * * *', 'Invalid value for minute: 61'],
  ['0 0 30 2 *', 'no date matches it'],
  ['0 0 * * MON-FRI', undefined],
])('explainCron gives the expected explanation for `%s`', (cron, said) => {
  expect(explainCron(cron)).toBe(said)
})

it.each([
  ['Europe/London', undefined],
  ['UTC', undefined],
  ['Europe/Londn', { near: 'Europe/London' }],
  ['+02:00', { near: undefined }],
  ['Mars/Base', { near: undefined }],
])('explainTimezone gives the expected explanation for `%s`', (zone, said) => {
  expect(explainTimezone(zone)).toEqual(said)
})
