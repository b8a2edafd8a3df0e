import { expect, it } from 'vitest'
import { bytesText, counted } from '../../protocol/amounts.ts'

it('a number of bytes is shown in the largest binary unit of which there is at least one', () => {
  expect([0, 1023, 1024, 1_782_579, 1024 ** 3, 5000 * 1024 ** 4].map(bytesText)).toEqual([
    '0 B',
    '1023 B',
    '1.0 KiB',
    '1.7 MiB',
    '1.0 GiB',
    '5000.0 TiB',
  ])
})

it('a count takes the singular only for one', () => {
  expect([0, 1, 2].map(count => counted(count, 'minion'))).toEqual(['0 minions', '1 minion', '2 minions'])
  expect(counted(2, 'minion is', 'minions are')).toBe('2 minions are')
})
