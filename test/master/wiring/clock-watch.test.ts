import { expect, it } from 'vitest'
import { createClockWatch } from '../../../master/wiring/clock-watch.ts'

function watch() {
  let [now, elapsed] = [Date.parse('2026-11-21T03:00:00Z'), 0]
  const changes: number[] = []
  let told = 0
  const of = createClockWatch({
    now: () => now,
    elapsed: () => elapsed,
    changed: byMs => void changes.push(byMs),
    tellTime: () => void (told += 1),
  })
  const pass = (ms: number, byClock = ms): void => {
    elapsed += ms
    now += byClock
    of.look()
  }
  return { pass, changes, told: () => told }
}

it.each([-3_600_000, 3_600_000])(
  'a clock change of %i ms is reported once, and minions are sent the time three times',
  byMs => {
    const { pass, changes, told } = watch()
    pass(1000)
    pass(1000, 1000 + byMs)
    for (let second = 0; second < 10; second++) pass(1000)

    expect(changes).toEqual([byMs])
    expect(told()).toBe(3)
  },
)

it('a slewed clock is not reported', () => {
  const { pass, changes, told } = watch()
  for (let second = 0; second < 100; second++) pass(1000, 1005)

  expect([changes, told()]).toEqual([[], 0])
})
