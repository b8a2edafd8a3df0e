import { describe, expect, it } from 'vitest'
import { OwnDelay } from '../../protocol/held-up.ts'

function delayed() {
  const clock = { now: 0 }
  return { clock, delay: new OwnDelay(() => clock.now) }
}

describe('a program that was held up', () => {
  it('judges its peer by a timer that fires in time', () => {
    const { clock, delay } = delayed()
    clock.now = 5_400

    expect(delay.excuses(5_000)).toBe(false)
  })

  it('does not judge its peer by a timer that fires late', () => {
    const { clock, delay } = delayed()
    clock.now = 14_000
    const first = delay.excuses(5_000)
    clock.now += 5_000

    expect([first, delay.excuses(5_000)]).toEqual([true, false])
  })

  it('judges its peer after five late timers in a row, and begins anew when the peer was heard', () => {
    const { clock, delay } = delayed()
    const late = (): boolean => {
      clock.now += 20_000
      return delay.excuses(5_000)
    }
    const all = Array.from({ length: 6 }, late)
    delay.begin()

    expect([...all, late()]).toEqual([true, true, true, true, true, false, true])
  })
})
