/**
 * Makes foreign text (from a minion or a file) safe for a terminal: control characters, including C1, and marks that reverse
 * the writing direction are shown as escapes. Line feeds and tabs are kept when `lines` is true.
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
