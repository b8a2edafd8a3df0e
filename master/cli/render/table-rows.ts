import { padded, widthOf } from './style.ts'

/** A column as it is shown: its cells, broken into lines. */
export interface ShownColumn {
  readonly title: string
  readonly width: number
  readonly cells: readonly ShownCell[]
}

interface ShownCell {
  readonly lines: readonly string[]
  readonly paint?: (text: string) => string
}

const GAP = '  '
const NONE: ShownCell = { lines: [] }

/** Joins cells to a line without trailing blanks. Pure. */
export function lineOf(cells: readonly string[]): string {
  return cells.join(GAP).trimEnd()
}

/**
 * Lays out one row. Behind a cell that is longer than its column, the row goes on in the next line; where such a cell does not
 * fit the terminal, it begins further to the left. Pure.
 */
export function rowLines(columns: readonly ShownColumn[], row: number, terminal: number): readonly string[] {
  const lines: string[] = []
  let from = 0
  let start = 0
  const flush = (to: number): void => {
    if (to > from) lines.push(...bandLines(columns, row, from, to))
    from = to
  }
  columns.forEach(({ cells, width }, at) => {
    const cell = cells[row] ?? NONE
    const longest = cell.lines.reduce((most, line) => Math.max(most, widthOf(line)), 0)
    if (longest > width) {
      if (start + longest > terminal) {
        flush(at)
        const indent = ' '.repeat(Math.max(0, terminal - longest))
        lines.push(...cell.lines.map(line => indent + (cell.paint?.(line) ?? line)))
        from = at + 1
      } else flush(at + 1)
    }
    start += width + GAP.length
  })
  flush(columns.length)
  return lines
}

/** Lays out the columns from one to another side by side, at their places. */
function bandLines(columns: readonly ShownColumn[], row: number, from: number, to: number): readonly string[] {
  const band = columns.map(({ cells, width }, at) => ({
    ...(at >= from && at < to ? (cells[row] ?? NONE) : NONE),
    width,
  }))
  const height = band.reduce((most, { lines }) => Math.max(most, lines.length), 0)
  return Array.from({ length: height }, (_, line) => {
    return lineOf(
      band.map(({ lines, paint, width }) => {
        const text = lines[line] ?? ''
        const rest = padded('', width - widthOf(text))
        return text === '' || paint === undefined ? text + rest : paint(text) + rest
      }),
    )
  })
}
