import { padded, type Style, safe, widthOf } from './style.ts'

/** A cell: its text, and a colour that is applied after measuring. */
export interface Cell {
  readonly text: string
  readonly paint?: (text: string) => string
}

/** Renders a table with a heading; makes cells safe. Returns empty text without rows. Pure. */
export function renderTable(
  head: readonly string[],
  rows: readonly (readonly (Cell | string)[])[],
  style: Style,
): string {
  if (rows.length === 0) return ''
  const cells = rows.map(row =>
    row.map(cell => (typeof cell === 'string' ? { text: safe(cell) } : { ...cell, text: safe(cell.text) })),
  )
  const widths = head.map((title, column) =>
    cells.reduce((most, row) => Math.max(most, widthOf(row[column]?.text ?? '')), title.length),
  )
  const line = (row: readonly Cell[]): string => {
    const texts = row.map(({ text, paint }, column) => {
      const cell = column === row.length - 1 ? text : padded(text, widths[column] ?? 0)
      return paint === undefined ? cell : paint(cell)
    })
    return texts.join('  ').trimEnd()
  }
  const titles = head.map(title => ({ text: title.toUpperCase(), paint: style.colours.dim }))
  return [line(titles), ...cells.map(line)].map(text => `${text}\n`).join('')
}
