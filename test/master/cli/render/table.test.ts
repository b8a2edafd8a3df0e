import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createStyle, PLAIN, widthOf } from '../../../../master/cli/render/style.ts'
import { type Column, renderTable, type Table, timeColumn } from '../../../../master/cli/render/table.ts'

interface Row {
  readonly id: string
  readonly roles: string
  readonly at?: string
  readonly address: string
}

const TABLE: Table<Row> = [
  { name: 'id', cell: ({ id }, { colours }) => ({ text: id, paint: colours.bold }) },
  { name: 'roles', wraps: 10, cell: ({ roles }) => roles },
  timeColumn('seen', ({ at }) => at, { rank: 1, sparse: true }),
  { name: 'address', rank: 2, cell: ({ address }) => address },
  { name: 'os', extra: true, cell: () => 'debian' },
]
const WEB: Row = { id: 'web1', roles: 'base,web,monitoring', address: '10.0.0.1', at: '2026-11-21T10:00:00.000Z' }
const DB: Row = { id: 'db1', roles: 'db', address: '10.0.0.2' }
const on = (columns: number) => createStyle(false, columns)

it('a table in a pipe has one line for each row, all columns, and the unit of times in the heading', () => {
  expect(renderTable(TABLE, [WEB, DB], PLAIN)).toBe(
    `ID    ROLES                SEEN (UTC)           ADDRESS
web1  base,web,monitoring  2026-11-21 10:00:00  10.0.0.1
db1   db                   -                    10.0.0.2
`,
  )
})

it('a table on a narrow terminal wraps at commas before it leaves anything out', () => {
  expect(renderTable(TABLE, [WEB, DB], on(50))).toBe(
    `ID    ROLES       SEEN (UTC)           ADDRESS
web1  base,web,   2026-11-21 10:00:00  10.0.0.1
      monitoring
db1   db          -                    10.0.0.2
`,
  )
})

it('a table leaves out the least important columns when wrapping is not enough, and says which', () => {
  expect(renderTable(TABLE, [WEB, { ...DB, at: '2026-11-21T10:00:01.000Z' }], on(40))).toBe(
    `ID    ROLES       SEEN (UTC)
web1  base,web,   2026-11-21 10:00:00
      monitoring
db1   db          2026-11-21 10:00:01
left out to fit the terminal: address;
  \`--wide\` shows all columns
`,
  )
})

it('a few long ids of a table get a line of their own, so that the other rows keep their columns', () => {
  const long = { ...DB, id: 'production-database-replica-2' }

  expect(renderTable(TABLE.slice(0, 2), [WEB, long, DB], on(34))).toBe(
    `ID    ROLES
web1  base,web,monitoring
production-database-replica-2
      db
db1   db
`,
  )
})

it('a long id in the middle of a row is shown whole, as far to the right as it fits', () => {
  const middle: Table<Row> = [
    { name: 'address', cell: ({ address }) => address },
    { name: 'id', cell: ({ id }) => id },
    { name: 'roles', wraps: 10, cell: ({ roles }) => roles },
  ]
  const long = { ...DB, id: 'production-database-replica-2' }

  expect(renderTable(middle, [WEB, long], on(32))).toBe(
    `ADDRESS   ID    ROLES
10.0.0.1  web1  base,web,
                monitoring
10.0.0.2
   production-database-replica-2
                db
`,
  )
})

it('times of a table take two lines rather than being left out, and not to make room for another column', () => {
  const table: Table<Row> = [
    { name: 'id', cell: ({ id }) => id },
    timeColumn('at', ({ at }) => at, { rank: 1, folds: 10 }),
    { name: 'address', rank: 2, cell: ({ address }) => address },
  ]
  expect(renderTable(table.slice(0, 2), [WEB], on(20))).toBe('ID    AT (UTC)\nweb1  2026-11-21\n      10:00:00\n')
  expect(renderTable(table, [WEB], on(30))).toMatch(/^ID {4}AT \(UTC\)\nweb1 {2}2026-11-21 10:00:00\nleft out /)
})

it('the room of a terminal goes to the column that is short of it in many rows', () => {
  const table: Table<Row> = [
    { name: 'roles', wraps: 8, cell: ({ roles }) => roles },
    { name: 'summary', wraps: 8, cell: ({ address }) => address },
  ]
  const row = { ...DB, roles: 'a b', address: 'a few words that are long' }
  const rows = [{ ...row, roles: 'a b c d e f g h i j k l' }, row, row, row]

  expect(renderTable(table, rows, on(40)).split('\n')).toHaveLength(7)
})

it('a sparse column is left out of a terminal when no row has a value, and stays in a pipe', () => {
  expect(renderTable(TABLE, [DB], on(80))).toBe('ID   ROLES  ADDRESS\ndb1  db     10.0.0.2\n')
  expect(renderTable(TABLE, [DB], PLAIN)).toContain('SEEN (UTC)')
})

it('a wide table shows all columns without wrapping on a narrow terminal, also those that are not shown otherwise', () => {
  const wide = renderTable(TABLE, [WEB], on(20), { wide: true })

  expect(wide).toContain('base,web,monitoring  2026-11-21 10:00:00  10.0.0.1  debian\n')
})

it('chosen columns of a table come in their order, and none of them is left out', () => {
  const wish = { wide: false, columns: ['address', 'os', 'id'] }

  expect(renderTable(TABLE, [WEB], PLAIN, wish)).toBe('ADDRESS   OS      ID\n10.0.0.1  debian  web1\n')
  expect(renderTable(TABLE, [WEB], on(20), wish)).toBe('ADDRESS   OS      ID\n10.0.0.1  debian  web1\n')
})

it('colours of a table cover the text and not the padding, and a wrapped cell is coloured on each line', () => {
  const table: Table<Row> = [
    { name: 'roles', wraps: 10, cell: ({ roles }) => ({ text: roles, paint: text => `<${text}>` }) },
    { name: 'id', cell: ({ id }) => id },
  ]

  expect(renderTable(table, [WEB], on(16))).toBe('ROLES       ID\n<base,web,>   web1\n<monitoring>\n')
})

it('a table can have more rows than a function can have arguments', () => {
  const rows = Array.from({ length: 150_000 }, () => DB)

  expect(renderTable(TABLE.slice(0, 1), rows, PLAIN)).toHaveLength(4 * 150_001 - 1)
})

describe('a table of any text', () => {
  const HOSTILE = 'a\u001b]0;owned\u0007b\u001b[2Jc\u009b31md\u202ee\rf\n'
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc.constantFrom('東京', 'cafe\u0301', '👩‍👩‍👧 family', HOSTILE, '-', ''),
  )
  const rows = fc.array(fc.record({ id: fc.stringMatching(/^[a-z0-9-]{1,12}$/), roles: text, address: text }), {
    minLength: 1,
    maxLength: 5,
  })
  const wrapping: Table<Row> = TABLE.map((column): Column<Row> => {
    if (column.name === 'roles') return { ...column, breaks: true }
    return column.name === 'address' ? { ...column, wraps: 8, breaks: true } : column
  })

  it('no line of a table is longer than the terminal when its unbroken columns fit', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 24, max: 100 }), (some, columns) => {
        for (const line of renderTable(wrapping, some, on(columns)).split('\n')) {
          expect(widthOf(line)).toBeLessThanOrEqual(columns)
        }
      }),
    )
  })

  it('a table never prints a control character, and no wrapping loses text', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 24, max: 100 }), (some, columns) => {
        const shown = renderTable(wrapping.slice(0, 2), some, on(columns))
        const bare = (value: string) => value.replaceAll(/\s/g, '')
        const whole = renderTable(wrapping.slice(1, 2), some, PLAIN)

        expect(shown.match(/[\p{Cc}\u202a-\u202e]/gu)?.filter(character => character !== '\n') ?? []).toEqual([])
        const cells = renderTable(wrapping.slice(1, 2), some, on(12))
        expect(bare(cells)).toBe(bare(whole))
      }),
    )
  })
})
