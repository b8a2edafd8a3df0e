import columnsOf from 'fast-string-truncated-width'
import { createColors } from 'picocolors'

export { safe } from '../../../protocol/safe-text.ts'

/** Style of output. */
export interface Style {
  readonly colours: ReturnType<typeof createColors>
  /** Columns of the terminal; Infinity without one, such as in a pipe, where lines are not broken. */
  readonly width: number
}

export function createStyle(colour: boolean, width: number): Style {
  return { colours: createColors(colour), width }
}

/** No colours and no width limit, for files and pipes. */
export const PLAIN: Style = createStyle(false, Number.POSITIVE_INFINITY)

/** Measures the columns that text without colours takes on a terminal. Pure. */
export function widthOf(text: string): number {
  return columnsOf(text).width
}

/** Pads text with blanks to that many columns. Pure. */
export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(width - widthOf(text), 0))
}

/** Cuts text to that many columns, with an ellipsis. Pure. */
export function cut(text: string, width: number): string {
  const { truncated, index } = columnsOf(text, { limit: Math.max(width, 1), ellipsis: '…', ellipsisWidth: 1 })
  return truncated ? `${text.slice(0, index)}…` : text
}
