import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { startMaintenance } from '../../../master/wiring/maintenance.ts'

const HOUR = 3_600_000

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-11-21T10:00:30Z') })
})
afterEach(() => {
  vi.useRealTimers()
})

const clock = (): string => new Date().toISOString().slice(11, 16)

function noFault(task: string, thrown: unknown): void {
  throw new Error(`${task} failed`, { cause: thrown })
}

it('maintenance runs each task at its start and then by its crontab line in UTC', async () => {
  const seen: string[] = []
  const tasks = [
    { name: 'a', cron: '* * * * *', run: () => void seen.push(`a ${clock()}`) },
    { name: 'b', cron: '*/2 * * * *', run: () => void seen.push(`b ${clock()}`) },
  ]
  const maintenance = startMaintenance(tasks, noFault)
  await vi.advanceTimersByTimeAsync(120_000)
  await maintenance.stop()
  await vi.advanceTimersByTimeAsync(HOUR)

  expect(seen.toSorted()).toEqual(['a 10:00', 'a 10:01', 'a 10:02', 'b 10:00', 'b 10:02'])
})

it.each([
  ['back by six hours', '2026-11-21T04:01:30Z', '04:02'],
  ['forward by a day', '2026-11-22T10:01:30Z', '10:02'],
])(
  'maintenance that is restarted after the clock was set %s runs at once and each minute from then on',
  async (_title, time, next) => {
    const seen: string[] = []
    const maintenance = startMaintenance(
      [{ name: 'a', cron: '* * * * *', run: () => void seen.push(clock()) }],
      noFault,
    )
    await vi.advanceTimersByTimeAsync(60_000)
    vi.setSystemTime(Date.parse(time))
    maintenance.restart()
    await vi.advanceTimersByTimeAsync(HOUR)
    await maintenance.stop()

    expect(seen.slice(0, 4)).toEqual(['10:00', '10:01', time.slice(11, 16), next])
    expect(seen).toHaveLength(2 + 1 + 60)
  },
)

it('a maintenance task that fails is reported, and runs again at its next time beside the others', async () => {
  const faults: string[] = []
  const seen: string[] = []
  const tasks = [
    { name: 'broken', cron: '* * * * *', run: () => Promise.reject(new Error('no room')) },
    { name: 'well', cron: '* * * * *', run: () => void seen.push(clock()) },
  ]
  const maintenance = startMaintenance(tasks, (task, thrown) => faults.push(`${task}: ${String(thrown)}`))
  await vi.advanceTimersByTimeAsync(60_000)
  await maintenance.stop()

  expect(faults).toEqual(['broken: Error: no room', 'broken: Error: no room'])
  expect(seen).toEqual(['10:00', '10:01'])
})

it('a maintenance task that takes longer than a minute does not run twice at once, and a stop waits for it', async () => {
  let running = 0
  let most = 0
  const done = Promise.withResolvers<void>()
  const run = async (): Promise<void> => {
    most = Math.max(most, ++running)
    await done.promise
    running -= 1
  }
  const maintenance = startMaintenance([{ name: 'slow', cron: '* * * * *', run }], noFault)
  await vi.advanceTimersByTimeAsync(5 * 60_000)
  maintenance.restart()
  let stopped = false
  const stop = maintenance.stop().then(() => {
    stopped = true
  })
  await vi.advanceTimersByTimeAsync(1000)

  expect([most, stopped]).toEqual([1, false])
  done.resolve()
  await stop
  expect(running).toBe(0)
})
