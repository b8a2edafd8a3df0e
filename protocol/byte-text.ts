import { isUtf8 } from 'node:buffer'

/** A byte that is not UTF-8 is stored in a string as this plus its value: half a surrogate pair, which UTF-8 cannot encode. */
const ESCAPE = 0xdc00
const ESCAPED = /[\udc80-\udcff]/gu

/**
 * Decodes UTF-8. Each byte that is not UTF-8 becomes a character of its own, so that `bytesOfText` returns the same bytes (as
 * Python does, PEP 383). A byte order mark is kept. Pure.
 */
export function textOfBytes(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (isUtf8(buffer)) return buffer.toString('utf8')
  const parts: string[] = []
  let from = 0
  for (let at = 0; at < buffer.length; ) {
    const length = sequenceAt(buffer, at)
    if (length > 0) {
      at += length
      continue
    }
    parts.push(buffer.toString('utf8', from, at), String.fromCharCode(ESCAPE + (buffer[at] ?? 0)))
    at += 1
    from = at
  }
  return parts.join('') + buffer.toString('utf8', from)
}

/** Encodes UTF-8, and restores the bytes that `textOfBytes` kept. Pure. */
export function bytesOfText(text: string): Uint8Array {
  if (text.isWellFormed()) return Buffer.from(text, 'utf8')
  const parts: Uint8Array[] = []
  let from = 0
  for (const { index } of text.matchAll(ESCAPED)) {
    parts.push(Buffer.from(text.slice(from, index), 'utf8'), Uint8Array.of(text.charCodeAt(index) - ESCAPE))
    from = index + 1
  }
  return Buffer.concat([...parts, Buffer.from(text.slice(from), 'utf8')])
}

/** Formats a text for display, with bytes that are not UTF-8 as `\xe9`. Pure. */
export function shownText(text: string): string {
  return text.isWellFormed() ? text : text.replaceAll(ESCAPED, one => `\\x${(one.charCodeAt(0) - ESCAPE).toString(16)}`)
}

/**
 * Finds the first byte that is not UTF-8: line and column from 1, columns in UTF-16 units; undefined when there is none. Pure.
 */
export function firstInvalidByte(
  bytes: Uint8Array,
): { readonly line: number; readonly column: number; readonly byte: number } | undefined {
  if (isUtf8(bytes)) return undefined
  let at = 0
  for (let length = 1; length > 0; at += length) length = sequenceAt(bytes, at)
  const lines = Buffer.from(bytes.subarray(0, at)).toString('utf8').split('\n')
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1, byte: bytes[at] ?? 0 }
}

/** Length in bytes of the character that begins at `at`; 0 when it is not valid UTF-8 (RFC 3629). */
function sequenceAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0
  if (first < 0x80) return 1
  const length = first < 0xc2 || first > 0xf4 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
  return length > 0 && isUtf8(bytes.subarray(at, at + length)) ? length : 0
}
