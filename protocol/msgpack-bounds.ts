import { AppError } from './errors.ts'

/** Limits for a decoded value. `nodes` counts every value and every map key; `depth` is the nesting of maps and lists. */
export interface Bounds {
  readonly nodes: number
  readonly depth: number
}

/** A map or list whose members are being read. */
interface Open {
  left: number
  readonly isMap: boolean
}

/**
 * Scans msgpack without decoding it. Throws MESSAGE_INVALID unless the bytes are exactly one value of nil, booleans, numbers,
 * text, bytes, lists and maps with text keys, within the bounds. Extensions are refused: they can make a decoder share values,
 * and a value of 1 KB that is shared at every level has more nodes than fit in memory. Linear in time, constant in memory.
 * Pure.
 */
export function checkMsgpack(bytes: Uint8Array, { nodes, depth }: Bounds): void {
  const open: Open[] = []
  let at = 0
  let seen = 0
  do {
    const parent = open.at(-1)
    // Members of a map alternate between key and value; an even number left means that a key is next.
    const isKey = parent?.isMap === true && parent.left % 2 === 0
    if (parent !== undefined) parent.left -= 1
    seen += 1
    if (seen > nodes) throw invalid(`it has more than ${nodes} values`)
    const item = itemAt(bytes, at)
    if (isKey && !item.isText) throw invalid('a key of a map is not text')
    at = item.end
    if (at > bytes.length) throw invalid('it is truncated')
    if (item.members > 0) {
      if (open.length >= depth) throw invalid(`it is nested deeper than ${depth}`)
      if (item.members > bytes.length - at) throw invalid('it declares more members than it has bytes')
      open.push({ left: item.members, isMap: item.isMap })
    }
    while (open.at(-1)?.left === 0) open.pop()
  } while (open.length > 0)
  if (at !== bytes.length) throw invalid('bytes follow its end')
}

interface Item {
  /** Offset after its head and, for text and bytes, its content. Greater than the length when it is truncated. */
  readonly end: number
  /** Number of values inside it: two for each entry of a map. */
  readonly members: number
  readonly isMap: boolean
  readonly isText: boolean
}

function itemAt(bytes: Uint8Array, at: number): Item {
  const token = bytes[at]
  if (token === undefined) throw invalid('it is truncated')
  const after = at + 1
  if (token < 0x80 || token >= 0xe0) return scalar(after)
  if (token < 0x90) return { end: after, members: 2 * (token - 0x80), isMap: true, isText: false }
  if (token < 0xa0) return { end: after, members: token - 0x90, isMap: false, isText: false }
  if (token < 0xc0) return { ...scalar(after + token - 0xa0), isText: true }
  switch (token) {
    case 0xc0:
    case 0xc2:
    case 0xc3:
      return scalar(after)
    case 0xc4:
    case 0xc5:
    case 0xc6:
      return sized(bytes, after, 1 << (token - 0xc4), false)
    case 0xca:
      return scalar(after + 4)
    case 0xcb:
      return scalar(after + 8)
    case 0xcc:
    case 0xcd:
    case 0xce:
    case 0xcf:
      return scalar(after + (1 << (token - 0xcc)))
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3:
      return scalar(after + (1 << (token - 0xd0)))
    case 0xd9:
    case 0xda:
    case 0xdb:
      return sized(bytes, after, 1 << (token - 0xd9), true)
    case 0xdc:
      return { end: after + 2, members: lengthAt(bytes, after, 2), isMap: false, isText: false }
    case 0xdd:
      return { end: after + 4, members: lengthAt(bytes, after, 4), isMap: false, isText: false }
    case 0xde:
      return { end: after + 2, members: 2 * lengthAt(bytes, after, 2), isMap: true, isText: false }
    case 0xdf:
      return { end: after + 4, members: 2 * lengthAt(bytes, after, 4), isMap: true, isText: false }
    default:
      throw invalid(`it uses the msgpack token 0x${token.toString(16)}, which is an extension or none`)
  }
}

function scalar(end: number): Item {
  return { end, members: 0, isMap: false, isText: false }
}

function sized(bytes: Uint8Array, at: number, width: number, isText: boolean): Item {
  return { ...scalar(at + width + lengthAt(bytes, at, width)), isText }
}

/** Reads a big-endian number of 1, 2 or 4 bytes; throws if bytes are missing. */
function lengthAt(bytes: Uint8Array, at: number, width: number): number {
  let value = 0
  for (let index = at; index < at + width; index++) {
    const byte = bytes[index]
    if (byte === undefined) throw invalid('it is truncated')
    value = value * 256 + byte
  }
  return value
}

function invalid(why: string): AppError {
  return new AppError({ code: 'MESSAGE_INVALID', message: `the message is not plain msgpack: ${why}` })
}
