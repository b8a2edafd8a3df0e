import { expect, it } from 'vitest'
import { GRAIN_NAMES } from '../../protocol/grain-names.ts'
import { GRAINS } from '../../protocol/grains.ts'

it('the names of grains are those that a minion can report', () => {
  expect([...GRAIN_NAMES].sort()).toEqual(Object.keys(GRAINS.shape).sort())
})
