import columnsOf from 'fast-string-truncated-width'
import { createColors } from 'picocolors'

export { safe } from '../../../protocol/safe-text.ts'

/** How text may look where it goes. */
export interface Style {
  readonly colours: ReturnType<typeof createColors>
  /** Columns of the terminal; Infinity where there is none, such as in a pipe: lines are not broken there. */
  readonly width: number
}

export function createStyle(colour: boolean, width: number): Style {
  return { colours: createColors(colour), width }
}

/** No colour, for files and pipes. */
export const PLAIN: Style = createStyle(false, Number.POSITIVE_INFINITY)

/** The columns that a text without colours takes on a terminal. Pure. */
export function widthOf(text: string): number {
  return columnsOf(text).width
}

/** The text with blanks behind it, up to that many columns. Pure. */
export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(width - widthOf(text), 0))
}

/** Cut to that many columns, with an ellipsis. Pure. */
export function cut(text: string, width: number): string {
  const { truncated, index } = columnsOf(text, { limit: Math.max(width, 1), ellipsis: '…', ellipsisWidth: 1 })
  return truncated ? `${text.slice(0, index)}…` : text
}
