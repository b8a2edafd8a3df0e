import { expect, it } from 'vitest'
import { PLAIN } from '../../../../master/cli/render/style.ts'
import { renderTable } from '../../../../master/cli/render/table.ts'

it('a table has columns as wide as their widest cell', () => {
  expect(
    renderTable(
      ['a', 'b'],
      [
        ['1', 'x'],
        ['long', 'y'],
      ],
      PLAIN,
    ),
  ).toBe('A     B\n1     x\nlong  y\n')
})

it('a table can have more rows than a function can have arguments', () => {
  const rows = Array.from({ length: 150_000 }, () => ['x'])

  expect(renderTable(['a'], rows, PLAIN)).toHaveLength(2 * 150_001)
})
