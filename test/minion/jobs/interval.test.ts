import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { type IntervalFacts, keepHighstate, loadHighstateMark, lookAtInterval } from '../../../minion/jobs/interval.ts'
import { splayOffsetMs } from '../../../protocol/splay.ts'

const HOUR = 3_600_000
const NOW = Date.parse('2026-11-21T10:00:00Z')
const RULE = { everyMs: HOUR, splayMs: 0 }

function facts(more: Partial<IntervalFacts> = {}): IntervalFacts {
  return {
    rule: RULE,
    minion: 'db1',
    sinceMs: NOW - HOUR,
    startedMs: NOW - 24 * HOUR,
    connected: false,
    nowMs: NOW,
    ...more,
  }
}

it('the offline highstate is due exactly after its interval', () => {
  expect(lookAtInterval(facts())).toBe('apply')
  expect(lookAtInterval(facts({ nowMs: NOW - 1 }))).toBe('wait')
})

it('the offline highstate is never due while the master is online, without a rule, or right after the start', () => {
  expect(lookAtInterval(facts({ connected: true }))).toBe('wait')
  expect(lookAtInterval(facts({ rule: undefined }))).toBe('wait')
  expect(lookAtInterval(facts({ startedMs: NOW - 59_999 }))).toBe('wait')
})

it('the offline highstate interval starts when no mark exists, and again when the clock went back', () => {
  expect(lookAtInterval(facts({ sinceMs: undefined }))).toBe('mark')
  expect(lookAtInterval(facts({ sinceMs: NOW + 1 }))).toBe('mark')
})

it('the offline highstate has a splay offset per minion that stays the same', () => {
  const rule = { everyMs: HOUR, splayMs: 600_000 }
  const dueOf = (minion: string): number => {
    const offset = splayOffsetMs('highstate', minion, rule.splayMs)
    expect(lookAtInterval(facts({ rule, minion, nowMs: NOW + offset }))).toBe('apply')
    expect(lookAtInterval(facts({ rule, minion, nowMs: NOW + offset - 1 }))).toBe('wait')
    return offset
  }
  const offsets = Array.from({ length: 50 }, (_, number) => dueOf(`db${number}`))

  expect(new Set(offsets).size).toBeGreaterThan(45)
  expect(Math.max(...offsets)).toBeLessThan(600_000)
  expect(Math.max(...offsets) - Math.min(...offsets)).toBeGreaterThan(400_000)
})

it('the highstate mark survives a restart, and a damaged one counts as missing', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'saltern-mark-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const mark = await loadHighstateMark(directory)
  expect(mark.sinceMs()).toBeUndefined()
  await mark.set(NOW)

  expect((await loadHighstateMark(directory)).sinceMs()).toBe(NOW)
  writeFileSync(join(directory, 'highstate'), '')
  expect((await loadHighstateMark(directory)).sinceMs()).toBeUndefined()
})

it('the highstate mark is written before the highstate starts, so that a kill does not repeat it', async () => {
  vi.useFakeTimers({ now: NOW })
  onTestFinished(() => {
    vi.useRealTimers()
  })
  const told: string[] = []
  let since = NOW - 5 * HOUR
  const end = keepHighstate({
    minion: 'db1',
    mark: {
      sinceMs: () => since,
      set: async nowMs => {
        told.push(`mark ${(nowMs - NOW) / 1000}`)
        since = nowMs
      },
    },
    now: Date.now,
    connected: () => false,
    rule: () => RULE,
    apply: async () => void told.push('apply'),
    log: () => undefined,
  })
  await vi.advanceTimersByTimeAsync(2 * HOUR)
  end()
  await vi.advanceTimersByTimeAsync(2 * HOUR)

  expect(told).toEqual(['mark 60', 'apply', 'mark 3660', 'apply'])
})
it('a highstate mark that cannot be written on a full disk is logged once', async () => {
  vi.useFakeTimers({ now: NOW })
  onTestFinished(() => {
    vi.useRealTimers()
  })
  const logged: string[] = []
  let isFull = true
  const end = keepHighstate({
    minion: 'db1',
    mark: {
      sinceMs: () => undefined,
      set: () => (isFull ? Promise.reject(new Error('no space is left')) : Promise.resolve()),
    },
    now: Date.now,
    connected: () => true,
    rule: () => RULE,
    apply: () => Promise.resolve(),
    log: (event, { message }) => void logged.push(`${event} ${String(message)}`),
  })
  await vi.advanceTimersByTimeAsync(HOUR)
  const first = [...logged]
  isFull = false
  await vi.advanceTimersByTimeAsync(HOUR)
  isFull = true
  await vi.advanceTimersByTimeAsync(HOUR)
  end()

  expect(first).toEqual(['highstate-not-kept no space is left'])
  expect(logged).toEqual([...first, ...first])
})
