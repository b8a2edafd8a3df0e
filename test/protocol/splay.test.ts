import { expect, it } from 'vitest'
import { splayOffsetMs } from '../../protocol/splay.ts'

it('the splay of a schedule and minion is the same in every release', () => {
  const offsets = ['db1', 'db2', 'web1'].map(minion => splayOffsetMs('schedule nightly', minion, 600_000))

  expect(offsets).toEqual([514109, 357913, 539204])
})

it('the splay differs between schedules', () => {
  expect(splayOffsetMs('schedule hourly', 'db1', 600_000)).not.toBe(splayOffsetMs('schedule nightly', 'db1', 600_000))
})

it('the splay spreads many minions evenly over the whole interval', () => {
  const offsets = Array.from({ length: 2000 }, (_, number) => splayOffsetMs('schedule it', `vm${number}`, 600_000))
  const tenths = Map.groupBy(offsets, offset => Math.floor(offset / 60_000))

  expect([...tenths.keys()].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  for (const tenth of tenths.values()) expect(Math.abs(tenth.length - 200)).toBeLessThan(60)
})

it('the splay of a zero interval is zero', () => {
  expect(splayOffsetMs('schedule it', 'db1', 0)).toBe(0)
})
