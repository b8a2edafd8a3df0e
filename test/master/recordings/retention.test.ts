import fc from 'fast-check'
import { expect, it } from 'vitest'
import { expiredRecordings, type KeptRecording } from '../../../master/recordings/retention.ts'

const NOW = Date.parse('2026-11-21T10:00:00Z')
const DAY = 86_400_000
const NONE: ReadonlySet<string> = new Set()
const kept = (session: string, daysAgo: number, bytes = 100): KeptRecording => {
  return { session, bytes, atMs: NOW - daysAgo * DAY }
}

it('expiredRecordings returns recordings older than the retention age', () => {
  const rule = { ageMs: 90 * DAY, bytes: 10_000 }

  expect(expiredRecordings([kept('a', 91), kept('b', 90), kept('c', 0)], rule, NONE, NOW)).toEqual([
    { session: 'a', why: 'age' },
  ])
})

it('expiredRecordings returns the oldest recordings until the rest is within the size limit', () => {
  const rule = { ageMs: 90 * DAY, bytes: 250 }

  expect(expiredRecordings([kept('new', 1), kept('old', 3), kept('middle', 2)], rule, NONE, NOW)).toEqual([
    { session: 'old', why: 'bytes' },
  ])
})

it('expiredRecordings never returns a running recording but counts its bytes', () => {
  const rule = { ageMs: DAY, bytes: 150 }

  expect(expiredRecordings([kept('running', 5, 200), kept('b', 0)], rule, new Set(['running']), NOW)).toEqual([
    { session: 'b', why: 'bytes' },
  ])
})

it('expiredRecordings returns exactly as many recordings as the retention requires, for any input', () => {
  const one = fc.record({
    bytes: fc.nat(500),
    atMs: fc.integer({ min: NOW - 10 * DAY, max: NOW }),
    runs: fc.boolean(),
  })
  const rules = fc.record({ ageMs: fc.nat(10 * DAY), bytes: fc.nat(2000) })
  fc.assert(
    fc.property(fc.array(one, { maxLength: 12 }), rules, (found, rule) => {
      const all = found.map(({ bytes, atMs }, index) => ({ session: `s${index}`, bytes, atMs }))
      const running = new Set(found.flatMap(({ runs }, index) => (runs ? [`s${index}`] : [])))
      const gone = new Map(expiredRecordings(all, rule, running, NOW).map(({ session, why }) => [session, why]))
      const left = all.filter(({ session }) => !gone.has(session))
      const size = left.reduce((sum, { bytes }) => sum + bytes, 0)

      expect([...gone.keys()].filter(session => running.has(session))).toEqual([])
      const mayGo = left.filter(({ session }) => !running.has(session))
      expect(mayGo.filter(({ atMs }) => NOW - atMs > rule.ageMs)).toEqual([])
      if (size > rule.bytes) expect(mayGo).toEqual([])
      const forRoom = all.filter(({ session }) => gone.get(session) === 'bytes')
      const newest = forRoom.toSorted((a, b) => a.atMs - b.atMs).at(-1)
      if (newest !== undefined) expect(size + newest.bytes).toBeGreaterThan(rule.bytes)
    }),
  )
})
