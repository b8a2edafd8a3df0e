import { type Style, widthOf } from './style.ts'

/** A part of a line: text that is already safe, and its colour. */
export interface Piece {
  readonly text: string
  readonly paint?: (text: string) => string
  /** Text between this piece and the one before; two blanks by default. */
  readonly gap?: string
  /** True when the piece must not be broken across lines, such as a command to copy. */
  readonly whole?: true
}

interface Fold {
  /** Blanks before the first line. */
  readonly lead?: number
  /** Blanks before each following line. */
  readonly hang: number
}

const GAP = '  '

/** Lays out pieces side by side, on as many lines as the width of the terminal requires. Pure. */
export function fold(pieces: readonly Piece[], { width }: Pick<Style, 'width'>, { lead = 0, hang }: Fold): string[] {
  const lines: string[] = []
  let line = ' '.repeat(lead)
  let used = lead
  let isEmpty = true
  for (const { text, paint = same, gap: before = GAP, whole } of pieces) {
    let part = ''
    let gap = isEmpty ? '' : before
    for (const word of whole === true ? [text] : wordsOf(text, width - hang)) {
      const wide = widthOf(word)
      if (!isEmpty && used + gap.length + wide > width) {
        lines.push(line + (part === '' ? '' : paint(part)))
        line = ' '.repeat(hang)
        used = hang
        part = ''
        gap = ''
      }
      if (part === '') line += gap
      else part += gap
      part += word
      used += gap.length + wide
      gap = ' '
      isEmpty = false
    }
    if (part !== '') line += paint(part)
  }
  return [...lines, line]
}

/** Splits text into words. Text in backticks counts as one word, because a command broken across lines cannot be copied. */
function wordsOf(text: string, most: number): readonly string[] {
  const words: string[] = []
  let open: string | undefined
  for (const word of text.split(' ')) {
    const isOdd = word.split('`').length % 2 === 0
    const joined: string = open === undefined ? word : `${open} ${word}`
    if (isOdd === (open === undefined)) open = joined
    else {
      words.push(joined)
      open = undefined
    }
  }
  if (open !== undefined) words.push(open)
  return words.flatMap(word => (widthOf(word) > most ? word.split(' ') : [word]))
}

function same(text: string): string {
  return text
}
