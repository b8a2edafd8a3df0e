import { fold, type Piece } from './fold.ts'
import { chunks, widthOf } from './style.ts'

const LIST_ITEMS = /(?<=,)(?! )/

/** Measures the widest part that is wrapped as a whole. Pure. */
export function longestWord(text: string): number {
  return text
    .split(LIST_ITEMS)
    .flatMap(item => item.split(' '))
    .reduce((most, word) => Math.max(most, widthOf(word)), 0)
}

/**
 * Breaks safe text into lines of at most `width` columns: at blanks and behind commas. A word that is longer than a line is kept
 * whole unless `breaks`. Nothing is lost. Pure.
 */
export function wrapped(text: string, width: number, breaks: boolean): readonly string[] {
  const pieces = text
    .split(LIST_ITEMS)
    .flatMap(item =>
      item
        .split(' ')
        .flatMap((word, at) => chunksOf(word, breaks ? width : Number.POSITIVE_INFINITY, at === 0 ? '' : ' ')),
    )
  return fold(pieces, { width }, { hang: 0 })
}

function chunksOf(word: string, width: number, gap: string): readonly Piece[] {
  return chunks(word, width).map((text, at) => ({ text, gap: at === 0 ? gap : '', whole: true }))
}
