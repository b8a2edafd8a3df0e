import { widthOf } from '../render/style.ts'
import type { Size } from './live-lines.ts'

/** Lines at the end of a terminal that are drawn again and again. */
export interface Area {
  draw(lines: readonly string[]): void
  /** Takes all of it away; the cursor is where it was before. */
  clear(): void
}

/*
 * Control sequences of ECMA-48, and the synchronized output that newer terminals know and others ignore. Lines are erased one by
 * one: what "erase to the end of the screen" erases from the top of a window, tmux puts into its history.
 */
const up = (rows: number): string => (rows <= 0 ? '' : `\u001b[${rows}A`)
const DOWN = '\u001b[B'
const TO_END_OF_LINE = '\u001b[K'
const BEGIN_FRAME = '\u001b[?2026h'
const END_FRAME = '\u001b[?2026l'

/**
 * Each frame overwrites the one before it, so nothing flickers or scrolls. Lines must be narrower than the terminal. The cursor
 * rests at the beginning of the last line, where an echoed ctrl-C is overwritten.
 */
export function createArea(write: (text: string) => void, size: () => Size): Area {
  let drawn: readonly string[] = []
  /** A terminal that became narrower has broken the lines that were drawn. */
  const rowsOf = (lines: readonly string[]): number => {
    const { columns } = size()
    return lines.reduce((sum, line) => sum + Math.max(Math.ceil(widthOf(line) / columns), 1), 0)
  }
  const replace = (lines: readonly string[]): void => {
    const before = rowsOf(drawn)
    const rows = Math.max(lines.length, 1)
    const text = lines.map(line => `${line}${TO_END_OF_LINE}`).join('\r\n') || TO_END_OF_LINE
    const rest = Math.max(before - rows, 0)
    const erased = `${DOWN}\r${TO_END_OF_LINE}`.repeat(rest) + up(rest)
    write(`${BEGIN_FRAME}\r${up(rowsOf(drawn.slice(0, -1)))}${text}${erased}\r${END_FRAME}`)
    drawn = lines
  }
  return {
    draw(lines) {
      if (lines.length !== drawn.length || lines.some((line, at) => line !== drawn[at])) replace(lines)
    },
    clear() {
      if (drawn.length > 0) replace([])
    },
  }
}
