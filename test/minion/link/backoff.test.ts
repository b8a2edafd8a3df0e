import { expect, it } from 'vitest'
import { nobodyListens, Reconnects } from '../../../minion/link/backoff.ts'
import { AppError } from '../../../protocol/errors.ts'

const REFUSED = { nobodyListens: true }
const OTHER = { nobodyListens: false }

/** A reproducible generator of numbers from 0 to 1. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

/**
 * Returns the delay in milliseconds between the master listening again and the next attempt of a minion, and the number of
 * attempts before.
 */
function comeback(seed: number, awayMs: number): { readonly afterMs: number; readonly tries: number } {
  let clock = 0
  const reconnects = new Reconnects(() => clock, numbers(seed))
  clock += reconnects.lost()
  let tries = 0
  for (; clock < awayMs; tries++) clock += reconnects.failed(REFUSED)
  return { afterMs: clock - awayMs, tries }
}

it.each([500, 3_000, 20_000, 58_000])(
  'each of 5,000 minions reconnects within 1.5 s of a master restart of %d ms',
  awayMs => {
    const all = Array.from({ length: 5_000 }, (_, at) => comeback(at + 1, awayMs))

    expect(Math.max(...all.map(({ afterMs }) => afterMs))).toBeLessThanOrEqual(1_500)
    // Spread out, not all at once, with about 1.3 attempts a second each at a closed port.
    const firstHalf = all.filter(({ afterMs }) => afterMs < 750).length
    expect(firstHalf).toBeGreaterThan(1_500)
    expect(firstHalf).toBeLessThan(4_500)
    expect(all.reduce((sum, { tries }) => sum + tries, 0) / 5_000).toBeLessThan(4 + awayMs / 600)
  },
)

it('a minion backs off fully when the port is closed for over a minute or the master is overloaded', () => {
  let clock = 0
  const reconnects = new Reconnects(
    () => clock,
    () => 1,
  )
  const offline = Array.from({ length: 4 }, () => reconnects.failed(REFUSED))
  clock = 60_000
  const long = Array.from({ length: 5 }, () => reconnects.failed(REFUSED))
  const lost = reconnects.lost()
  const overloaded = Array.from({ length: 8 }, () => reconnects.failed(OTHER))

  expect(offline).toEqual([500, 1_000, 1_500, 1_500])
  expect(long).toEqual([4_000, 8_000, 16_000, 30_000, 30_000])
  expect(lost).toBe(500)
  expect(overloaded).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
})

it('a closed port is distinguished from an unreachable host, however the error is wrapped', () => {
  const closed = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  const offline = Object.assign(new Error('connect EHOSTUNREACH'), { code: 'EHOSTUNREACH' })
  const wrapped = (cause: Error): AppError => new AppError({ code: 'MASTER_UNREACHABLE', message: 'no' }, { cause })

  expect(nobodyListens(wrapped(closed))).toBe(true)
  expect(nobodyListens(wrapped(new AggregateError([closed, closed])))).toBe(true)
  expect(nobodyListens(wrapped(new AggregateError([closed, offline])))).toBe(false)
  expect(nobodyListens(wrapped(offline))).toBe(false)
  expect(nobodyListens(undefined)).toBe(false)
})
