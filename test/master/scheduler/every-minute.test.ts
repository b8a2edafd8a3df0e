import { createTask } from 'node-cron'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { everyMinute } from '../../../master/scheduler/every-minute.ts'

const START = '2026-11-21T10:00:30Z'
const HOUR = 3_600_000

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse(START) })
})
afterEach(() => {
  vi.useRealTimers()
})

/** Sets the clock; timers, which count from boot, are not affected. */
const setClock = (time: string): void => void vi.setSystemTime(Date.parse(time))

const clock = (): string => new Date().toISOString().slice(11, 16)

it('everyMinute ticks once in each minute, within a second of its start', async () => {
  const seen: number[] = []
  const end = everyMinute(Date.now, () => void seen.push(Date.now()))
  await vi.advanceTimersByTimeAsync(HOUR)
  end()
  await vi.advanceTimersByTimeAsync(HOUR)

  expect(seen).toHaveLength(60)
  for (const at of seen) expect(at % 60_000).toBeLessThan(1000)
  expect(new Set(seen.map(at => Math.floor(at / 60_000))).size).toBe(60)
})

it.each([
  ['forward by a day', '2026-11-22T10:00:30Z'],
  ['back by a day', '2026-11-20T10:00:30Z'],
  ['back by a minute', '2026-11-21T09:59:30Z'],
  ['forward by years', '2036-01-01T00:00:00Z'],
])('everyMinute ticks at once when the clock is set %s, and continues', async (_title, time) => {
  const seen: string[] = []
  const end = everyMinute(Date.now, () => void seen.push(clock()))
  await vi.advanceTimersByTimeAsync(10_000)
  setClock(time)
  await vi.advanceTimersByTimeAsync(1000)
  expect(seen).toEqual([time.slice(11, 16)])
  await vi.advanceTimersByTimeAsync(HOUR)
  end()

  expect(seen).toHaveLength(61)
})

it('node-cron is not used for ticks because it stops for six hours when the clock is set back by six hours', async () => {
  const seen: string[] = []
  const task = createTask('* * * * *', () => void seen.push(clock()), { timezone: 'UTC' })
  await task.start()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(seen).toEqual(['10:01'])
  setClock('2026-11-21T04:01:30Z')
  await vi.advanceTimersByTimeAsync(5.9 * HOUR)
  await task.destroy()

  expect(seen.length).toBeLessThan(3)
})
