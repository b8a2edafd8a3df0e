import { widthOf } from '../render/style.ts'
import type { Size } from './live-lines.ts'

/** A block of lines at the end of a terminal that is redrawn in place. */
export interface Area {
  draw(lines: readonly string[]): void
  /** Erases the block; the cursor returns to where it was before. */
  clear(): void
}

/*
 * Control sequences of ECMA-48, and synchronized output, which older terminals ignore. Lines are erased one by one: tmux puts
 * what "erase to the end of the screen" erases from the top of a window into its history.
 */
const up = (rows: number): string => (rows <= 0 ? '' : `\u001b[${rows}A`)
const DOWN = '\u001b[B'
const TO_END_OF_LINE = '\u001b[K'
const BEGIN_FRAME = '\u001b[?2026h'
const END_FRAME = '\u001b[?2026l'

/**
 * Creates an area in which each frame overwrites the previous one, so nothing flickers or scrolls. Lines must be narrower than
 * the terminal. The cursor rests at the beginning of the last line, where an echoed ctrl-C is overwritten.
 */
export function createArea(write: (text: string) => void, size: () => Size): Area {
  let drawn: readonly string[] = []
  /** Counts rows on the screen: a terminal that became narrower wraps the lines drawn before. */
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
