import { expect, it, onTestFinished, vi } from 'vitest'
import { TokenBuckets } from '../../../master/link/token-buckets.ts'

it('token buckets return the wait until the next token', () => {
  const buckets = new TokenBuckets({ burst: 2, perSecond: 0.5 })
  expect([buckets.take('a', 0), buckets.take('a', 0), buckets.take('a', 0)]).toEqual([true, true, false])

  expect(buckets.waitMs('a', 0)).toBe(2000)
  expect(buckets.waitMs('a', 1500)).toBe(500)
  expect(buckets.take('a', 2000)).toBe(true)
})

it('token buckets can be charged below zero for work measured afterwards', () => {
  const buckets = new TokenBuckets({ burst: 100, perSecond: 100 })
  buckets.charge('a', 0, 350)

  expect(buckets.waitMs('a', 0)).toBe(2510)
  expect(buckets.take('b', 0)).toBe(true)
})

it('token buckets remember a bounded number of the most recently used keys', () => {
  const buckets = new TokenBuckets({ burst: 1, perSecond: 0.001 }, 3)
  for (const key of ['a', 'b', 'c', 'd']) buckets.take(key, 0)

  expect(buckets.size).toBe(3)
  expect(buckets.take('d', 0)).toBe(false)
  expect(buckets.take('a', 0)).toBe(true)
})

it('token buckets do not search for the oldest key while there is room', () => {
  const buckets = new TokenBuckets({ burst: 1, perSecond: 1 }, 100)
  const searched = vi.spyOn(Map.prototype, 'keys')
  onTestFinished(() => searched.mockRestore())
  const searches = [25, 50, 100].map(keys => {
    searched.mockClear()
    for (let turn = 0; turn < 3; turn++) for (let key = 0; key < keys; key++) buckets.charge(String(key), turn, 1)
    return searched.mock.calls.length
  })

  expect(searches).toEqual([0, 0, 0])
})
