import { createColors } from 'picocolors'

/** How text may look where it goes. */
export interface Style {
  readonly colours: ReturnType<typeof createColors>
  /** Columns of the terminal. */
  readonly width: number
}

export function createStyle(colour: boolean, width: number): Style {
  return { colours: createColors(colour), width }
}

/** No colour, for files and pipes. */
export const PLAIN: Style = createStyle(false, 100)

/**
 * Text of somebody else (a minion, a file) made harmless for a terminal: control characters, C1 among them, and the marks
 * that turn the direction of writing round are shown as escapes. `\n` and `\t` stay when `lines` is true.
 */
export function safe(text: string, { lines = false } = {}): string {
  let shown = ''
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    const kept = lines && (code === 0x0a || code === 0x09)
    shown += kept || !isDangerous(code) ? character : escapeOf(code)
  }
  return shown
}

function isDangerous(code: number): boolean {
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return true
  if (code === 0x2028 || code === 0x2029 || code === 0x200e || code === 0x200f || code === 0x061c) return true
  return (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || code === 0xfeff
}

function escapeOf(code: number): string {
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}

/** Cut to that many columns, with an ellipsis. */
export function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(width - 1, 0))}…`
}
