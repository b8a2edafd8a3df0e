import { expect, it } from 'vitest'
import { createMasterClock } from '../../../minion/link/master-clock.ts'
import { clockOf, clockText } from '../../../protocol/clock-text.ts'

const T = Date.parse('2026-11-21T03:00:00Z')
const HOUR = 3_600_000

function clock() {
  let passed = 7
  const of = createMasterClock(T, () => passed)
  return { of, pass: (ms: number): void => void (passed += ms) }
}

it('the reckoned master clock starts at the handshake and advances with elapsed time', () => {
  const { of, pass } = clock()
  pass(1500)

  expect(of.now()).toBe(T + 1500)
})

it('the reckoned master clock follows at once when the master reports a later time', () => {
  const { of, pass } = clock()
  pass(5000)
  of.reported(T + HOUR)

  expect(of.now()).toBe(T + HOUR)
})

it('the reckoned master clock follows a clock that was set back once two heartbeats agree', () => {
  const { of, pass } = clock()
  pass(5000)
  of.reported(T - HOUR)
  expect(of.now()).toBe(T + 5000)
  pass(1100)
  of.reported(T - HOUR + 1120)

  expect(Math.abs(of.now() - (T - HOUR + 1120))).toBeLessThan(50)
})

it('the reckoned master clock ignores heartbeats that were queued while the process was stopped', () => {
  const { of, pass } = clock()
  pass(600_000)
  for (const sent of [5_000, 10_000, 15_000]) of.reported(T + sent)
  expect(of.now()).toBe(T + 600_000)
  pass(5000)
  of.reported(T + 605_000)

  expect(of.now()).toBe(T + 605_000)
})

it('the reckoned master clock does not drift ahead of the master over days', () => {
  const { of, pass } = clock()
  // The clock of this host is a ten-thousandth faster than that of the master.
  for (let beat = 1; beat <= 17_280; beat++) {
    pass(5000.5)
    of.reported(T + beat * 5000 - (beat % 3))
  }

  expect(Math.abs(of.now() - (T + 17_280 * 5000))).toBeLessThan(20)
})

it('the time in a heartbeat is decoded as it was sent', () => {
  expect(clockOf(Buffer.from(clockText(T + 0.5)))).toBe(T)
})

it.each(['', 'x', '12a', '-5', '1'.repeat(16), '1e3'])('the heartbeat text `%s` contains no valid time', text => {
  expect(clockOf(Buffer.from(text))).toBeUndefined()
})
