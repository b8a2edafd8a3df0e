import { fold } from './fold.ts'
import { padded, type Style, safe, widthOf } from './style.ts'
import { type ColumnNeed, columnWidths } from './table-layout.ts'
import { lineOf, rowLines, type ShownColumn } from './table-rows.ts'
import { moment } from './time.ts'
import { longestWord, wrapped } from './wrapped.ts'

/** A cell: its text, and a colour that is applied after measuring. */
export interface Cell {
  readonly text: string
  readonly paint?: (text: string) => string
}

/** A column of a table, and what may happen to it on a terminal that is too narrow. */
export interface Column<Row> {
  /** What `--columns` takes, for example `last-run`. */
  readonly name: string
  /** The heading, in any case. Absent: the name, with blanks. */
  readonly title?: string
  /** The cells may be wrapped between words, down to this width. Absent: they stay in one piece, as an id or a time does. */
  readonly wraps?: number
  /** Rather than being left out, the column is narrowed to this width, with cells of two lines: for times. */
  readonly folds?: number
  /** Words may be broken too: free text, which can have long paths, or no blanks. */
  readonly breaks?: true
  /** The columns with the highest numbers are left out first. Absent: never left out. */
  readonly rank?: number
  /** Not shown on a terminal while every cell is `-`. */
  readonly sparse?: true
  /** Shown only by `--wide`, or when `--columns` names it. */
  readonly extra?: true
  /** The cell of a row; `-` when there is nothing to say. */
  cell(row: Row, style: Style): Cell | string
}

export type Table<Row> = readonly Column<Row>[]

/** How an operator asks for a table. */
export interface TableWish {
  /** All columns, and no wrapping. */
  readonly wide: boolean
  /** The names of the columns to show, in this order. Absent: those of the table. */
  readonly columns?: readonly string[]
}

interface Measured<Row> {
  readonly column: Column<Row>
  readonly title: string
  readonly cells: readonly Cell[]
}

/**
 * Renders rows below a heading, with cells made safe. On a terminal it wraps and leaves out columns so that lines fit; in a pipe,
 * each row is one line. Returns empty text without rows. Pure.
 */
export function renderTable<Row>(
  table: Table<Row>,
  rows: readonly Row[],
  given: Style,
  wish: TableWish = { wide: false },
): string {
  if (rows.length === 0) return ''
  const style = wish.wide ? { ...given, width: Number.POSITIVE_INFINITY } : given
  const all = columnsOf(table, wish)
    .map(column => measured(column, rows, style))
    .filter(one => style.width === Number.POSITIVE_INFINITY || wish.columns !== undefined || !isEmpty(one))
  const widths = columnWidths(
    all.map(one => needOf(one, wish)),
    style.width,
  )
  const shown = all.flatMap((one, at) => {
    const wide = widths[at]
    return wide === undefined ? [] : [wrappedTo(one, wide)]
  })
  const head = shown.map(({ title, width }) => style.colours.dim(title) + padded('', width - widthOf(title)))
  const lines = rows.flatMap((_, at) => rowLines(shown, at, style.width))
  const left = all.filter((_, at) => widths[at] === undefined).map(({ column }) => column.name)
  return [lineOf(head), ...lines, ...noteOf(left, style)].map(line => `${line}\n`).join('')
}

/** Makes a column of times in UTC, which its heading says. Pure. */
export function timeColumn<Row>(
  name: string,
  at: (row: Row) => string | undefined,
  more: Pick<Column<Row>, 'rank' | 'sparse' | 'extra' | 'folds'> = {},
): Column<Row> {
  return {
    ...more,
    name,
    title: `${name.replaceAll('-', ' ')} (UTC)`,
    cell: row => {
      const iso = at(row)
      return iso === undefined ? '-' : moment(iso)
    },
  }
}

function columnsOf<Row>(table: Table<Row>, { wide, columns }: TableWish): Table<Row> {
  if (columns === undefined) return table.filter(({ extra }) => wide || extra !== true)
  return columns.flatMap(name => table.find(column => column.name === name) ?? [])
}

function measured<Row>(column: Column<Row>, rows: readonly Row[], style: Style): Measured<Row> {
  const title = (column.title ?? column.name.replaceAll('-', ' ')).toUpperCase()
  const cells = rows.map(row => {
    const cell = column.cell(row, style)
    return typeof cell === 'string' ? { text: safe(cell) } : { ...cell, text: safe(cell.text) }
  })
  return { column, title, cells }
}

function needOf({ column, title, cells }: Measured<never>, wish: TableWish): ColumnNeed {
  const { wraps, breaks, folds, rank } = column
  const head = widthOf(title)
  const widths = cells.map(({ text }) => widthOf(text))
  const full = widthsOf(widths, head)
  const words = breaks === true ? [] : cells.map(({ text }) => longestWord(text))
  const least =
    wraps === undefined
      ? full
      : widthsOf(
          words.map(word => Math.max(word, Math.min(wraps, full.all))),
          Math.max(head, Math.min(wraps, full.all)),
        )
  return {
    full: full.all,
    least: least.all,
    usual: { full: wraps === undefined ? full.most : full.all, least: least.most },
    // A heading can be wider than all cells.
    excess: widths.reduce((sum, width) => sum + Math.max(0, width - least.most), 1),
    folded: folds === undefined ? undefined : Math.max(folds, head),
    rank: wish.columns === undefined ? rank : undefined,
  }
}

/** This part of the cells is within the usual width of their column. */
const MOST = 0.8
/** Blanks that a usual width must save, because rows of two lines are harder to read. */
const WORTH = 8

/** The width of all cells, and the one of most of them. */
function widthsOf(widths: readonly number[], head: number): { readonly all: number; readonly most: number } {
  const sorted = [...widths].sort((a, b) => a - b)
  const all = Math.max(head, sorted.at(-1) ?? 0)
  const most = Math.max(head, sorted[Math.floor((sorted.length - 1) * MOST)] ?? 0)
  return { all, most: all - most < WORTH ? all : most }
}

function isEmpty({ column, cells }: Measured<never>): boolean {
  return column.sparse === true && cells.every(({ text }) => text === '-')
}

function wrappedTo({ column, title, cells }: Measured<never>, width: number): ShownColumn {
  const { wraps, breaks, folds } = column
  const isWrapped = (wraps ?? folds) !== undefined && cells.some(({ text }) => widthOf(text) > width)
  if (!isWrapped) return { title, width, cells: cells.map(cell => ({ ...cell, lines: [cell.text] })) }
  const shown = cells.map(cell => ({ ...cell, lines: wrapped(cell.text, width, breaks === true) }))
  // Words rarely fill the width that was given.
  const used = shown.flatMap(cell => cell.lines).reduce((most, line) => Math.max(most, widthOf(line)), widthOf(title))
  return { title, width: Math.min(used, width), cells: shown }
}

function noteOf(left: readonly string[], style: Style): readonly string[] {
  if (left.length === 0) return []
  const text = `left out to fit the terminal: ${left.join(', ')}; \`--wide\` shows all columns`
  return fold([{ text, paint: style.colours.dim }], style, { hang: 2 })
}
