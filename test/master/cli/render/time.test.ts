import { expect, it } from 'vitest'
import { duration, parseDuration } from '../../../../master/cli/render/time.ts'

it('durations are formatted and parsed with a unit', () => {
  expect([340, 1234, 200_000].map(duration)).toEqual(['340 ms', '1.2 s', '3 min 20 s'])
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
