import { expect, it } from 'vitest'
import { cut, PLAIN, widthOf } from '../../../master/cli/render/style.ts'
import { renderTable, type Table } from '../../../master/cli/render/table.ts'

it('table columns line up when a cell has wide or combining characters', () => {
  const rows = [
    ['東京', 'a'],
    ['cafe\u0301', 'b'],
    ['plain', 'c'],
  ]

  const table: Table<readonly string[]> = [
    { name: 'site', cell: ([site = '']) => site },
    { name: 'x', cell: ([, x = '']) => x },
  ]
  const lines = renderTable(table, rows, PLAIN).trimEnd().split('\n')

  expect(lines.map(line => widthOf(line))).toEqual([8, 8, 8, 8])
})

it('text is truncated by display columns, not by characters', () => {
  expect(cut('東京東京', 5)).toBe('東京…')
  expect(cut('abcdef', 5)).toBe('abcd…')
  expect(cut('abcde', 5)).toBe('abcde')
  expect(cut('abc', 0)).toBe('…')
  expect(cut('⺀!!!-Ā🈯🈯', 9)).toBe('⺀!!!-Ā…')
})
