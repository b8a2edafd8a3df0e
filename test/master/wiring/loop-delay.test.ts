import { expect, it } from 'vitest'
import { LoopDelay } from '../../../master/wiring/loop-delay.ts'

it('a late event loop is remembered for a minute', () => {
  let now = 0
  const delay = new LoopDelay(() => now)
  const second = (late = 0): void => {
    now += 1000 + late
    delay.look()
  }
  second()
  expect(delay.longestMs()).toBe(0)
  second(3100)
  for (let at = 0; at < 59; at++) second(20)
  expect(delay.longestMs()).toBe(3100)
  second(20)

  expect(delay.longestMs()).toBe(20)
})
