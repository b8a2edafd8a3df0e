import type { Bounds } from './msgpack-bounds.ts'

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_LIST = 0x5b
const BACKSLASH = 0x5c
const CLOSE_LIST = 0x5d
const OPEN_MAP = 0x7b
const CLOSE_MAP = 0x7d

/**
 * Explains why JSON text would exceed the bounds when parsed; undefined when it does not. Counts without parsing, so memory
 * stays constant and deep nesting causes no recursion. Invalid JSON is left to the parser. Linear in time. Pure.
 */
export function jsonBeyond(bytes: Uint8Array, { nodes, depth }: Bounds): string | undefined {
  let seen = 1
  let level = 0
  let inText = false
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (inText) {
      if (byte === BACKSLASH) at += 1
      else if (byte === QUOTE) inText = false
    } else if (byte === QUOTE) {
      inText = true
    } else if (byte === COMMA || byte === COLON) {
      seen += 1
    } else if (byte === OPEN_LIST || byte === OPEN_MAP) {
      seen += 1
      level += 1
      if (level > depth) return `it is nested deeper than ${depth}`
    } else if (byte === CLOSE_LIST || byte === CLOSE_MAP) {
      level -= 1
    }
    if (seen > nodes) return `it has more than ${nodes} values`
  }
  return undefined
}
