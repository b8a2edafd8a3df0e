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
  const isLonger = columnsOf(text, { limit: Math.max(width, 1) }).truncated
  return isLonger ? `${startOf(text, width - 1)}…` : text
}

/** Made when first used: it loads tables of Unicode, which takes as long as the rest of a command. */
let segmenter: Intl.Segmenter | undefined

function graphemesOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' })
  return segmenter.segment(text)
}

/** Returns as much of the start of the text as fits that many columns, without breaking a character. */
function startOf(text: string, width: number): string {
  let used = 0
  // The index that `columnsOf` gives for a limit can be behind the limit when wide characters follow accented ones.
  for (const { segment, index } of graphemesOf(text)) {
    used += widthOf(segment)
    if (used > width) return text.slice(0, index)
  }
  return text
}

/** Cuts text into parts of at most that many columns, and of at least one character each. In one pass. Pure. */
export function chunks(text: string, width: number): readonly string[] {
  if (widthOf(text) <= width) return [text]
  const parts: string[] = []
  let start = 0
  let used = 0
  for (const { segment, index } of graphemesOf(text)) {
    const wide = widthOf(segment)
    if (index > start && used + wide > width) {
      parts.push(text.slice(start, index))
      start = index
      used = 0
    }
    used += wide
  }
  return [...parts, text.slice(start)]
}
