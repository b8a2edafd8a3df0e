import { expect, it } from 'vitest'
import { measuredRow } from '../../../scripts/bench/measured-row.ts'

const ROW = { section: 'memory', name: 'of a minion', n: 4, unit: 'MiB', values: [10, 12, 14] } as const

it('a row has the median of its turns, and its ratio to a floor of the same turns', () => {
  const row = measuredRow({ ...ROW, floor: { name: 'a bare socket', values: [5, 6, 7] } })

  expect(row).toMatchObject({ value: 12, low: 10, high: 14, turns: 3, floor: { value: 6 }, ratio: 2 })
})

it('a row has no ratio when its floor is not above zero', () => {
  expect(measuredRow({ ...ROW, floor: { name: 'a bare socket', values: [-18, 0, 1] } }).ratio).toBeNull()
})
