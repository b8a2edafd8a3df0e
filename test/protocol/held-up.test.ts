import { expect, it } from 'vitest'
import { OwnDelay } from '../../protocol/held-up.ts'

function delayed() {
  const clock = { now: 0 }
  return { clock, delay: new OwnDelay(() => clock.now) }
}

it('a timer that fires on time counts against the peer', () => {
  const { clock, delay } = delayed()
  clock.now = 5_400

  expect(delay.excuses(5_000)).toBe(false)
})

it('a timer that fires late does not count against the peer', () => {
  const { clock, delay } = delayed()
  clock.now = 14_000
  const first = delay.excuses(5_000)
  clock.now += 5_000

  expect([first, delay.excuses(5_000)]).toEqual([true, false])
})

it('five late timers in a row count against the peer, and the count restarts when the peer sends data', () => {
  const { clock, delay } = delayed()
  const late = (): boolean => {
    clock.now += 20_000
    return delay.excuses(5_000)
  }
  const all = Array.from({ length: 6 }, late)
  delay.begin()

  expect([...all, late()]).toEqual([true, true, true, true, true, false, true])
})
