import { expect, it } from 'vitest'
import { duration, parseDuration } from '../../../../master/cli/render/time.ts'

it('durations are formatted and parsed with a unit', () => {
  expect([340, 1234, 200_000].map(duration)).toEqual(['340 ms', '1.2 s', '3 min 20 s'])
  expect([59_960, 3_600_000, 7_384_000, 350_000_000].map(duration)).toEqual([
    '1 min 0 s',
    '1 h 0 min',
    '2 h 3 min',
    '4 d 1 h',
  ])
  expect(['90s', '10m', '1h', '2d', '5', 'h', '1w', '-1s'].map(parseDuration)).toEqual([
    90_000,
    600_000,
    3_600_000,
    172_800_000,
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})
