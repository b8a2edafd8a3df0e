import { describe, expect, it } from 'vitest'
import { TokenBuckets } from '../../../master/link/token-buckets.ts'

describe('token buckets', () => {
  it('say how long to wait until there is a token again', () => {
    const buckets = new TokenBuckets({ burst: 2, perSecond: 0.5 })
    expect([buckets.take('a', 0), buckets.take('a', 0), buckets.take('a', 0)]).toEqual([true, true, false])

    expect(buckets.waitMs('a', 0)).toBe(2000)
    expect(buckets.waitMs('a', 1500)).toBe(500)
    expect(buckets.take('a', 2000)).toBe(true)
  })

  it('can be charged below zero for work that was measured afterwards', () => {
    const buckets = new TokenBuckets({ burst: 100, perSecond: 100 })
    buckets.charge('a', 0, 350)

    expect(buckets.waitMs('a', 0)).toBe(2510)
    expect(buckets.take('b', 0)).toBe(true)
  })

  it('remember a bounded number of keys, those that were used last', () => {
    const buckets = new TokenBuckets({ burst: 1, perSecond: 0.001 }, 3)
    for (const key of ['a', 'b', 'c', 'd']) buckets.take(key, 0)

    expect(buckets.size).toBe(3)
    expect(buckets.take('d', 0)).toBe(false)
    expect(buckets.take('a', 0)).toBe(true)
  })
})
