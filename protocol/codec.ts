import { Packr, Unpackr } from 'msgpackr'
import { AppError } from './errors.ts'
import { HANDSHAKE, type HandshakeMessage } from './handshake-messages.ts'
import { LIMITS } from './limits.ts'
import { FROM_MASTER, FROM_MINION, type FromMaster, type FromMinion } from './messages.ts'
import { checkMsgpack } from './msgpack-bounds.ts'

/** Converts bytes of the wire to checked messages and back. Nothing else parses what a peer sent. */

type Message = FromMaster | FromMinion | HandshakeMessage

interface Gate {
  safeParse(value: unknown): {
    readonly success: boolean
    readonly data?: unknown
    readonly error?: { readonly issues: readonly GateIssue[] }
  }
}
interface GateIssue {
  readonly path: readonly PropertyKey[]
}

/** Records, shared references and big integers stay off even if the check before the decoder missed one. */
const DECODER = {
  useRecords: false,
  mapsAsObjects: true,
  int64AsType: 'number',
  structuredClone: false,
  moreTypes: false,
} as const

/** Made once: without records it keeps nothing of a value but the room that it was written to. */
const PACKR = new Packr({ useRecords: false, encodeUndefinedAsNil: false, variableMapSize: true })
const UNPACKR = new Unpackr(DECODER)

/** Encodes plain msgpack: maps, no records, no class extensions. */
export function packPlain(value: unknown): Uint8Array {
  return lasting(PACKR.pack(withoutUndefined(value)))
}

/** Provides a buffer of at least this length to write one message to. */
export type TakeBuffer = (length: number) => Uint8Array

const newBuffer: TakeBuffer = length => Buffer.allocUnsafeSlow(length)

/** Shorter data is not worth a path of its own. */
const LONG_DATA = 1024
/** `data` as a key of a map, then the token of bytes with a length of 32 bits. */
const DATA_HEAD = Buffer.from([0xa4, ...Buffer.from('data'), 0xc6])
const LENGTH_BYTES = 4

/** Encodes a message like `packPlain`. Long bytes in its member `data` are copied only once, into the buffer from `take`. */
export function packMessage(message: object, take: TakeBuffer = newBuffer): Uint8Array {
  if (!('data' in message && message.data instanceof Uint8Array && message.data.length >= LONG_DATA)) {
    return packPlain(message)
  }
  const { data, ...rest } = message
  const head = PACKR.pack(withoutUndefined(rest))
  const length = head.length + DATA_HEAD.length + LENGTH_BYTES + data.length
  const bytes = take(length).subarray(0, length)
  bytes.set(head)
  // The first byte of a small map contains the number of its members, and `data` is one more.
  bytes[0] = (bytes[0] ?? 0) + 1
  bytes.set(DATA_HEAD, head.length)
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(head.length + DATA_HEAD.length, data.length)
  bytes.set(data, length - data.length)
  return bytes
}

/** A message as it came from the socket, without a copy. */
export function viewOf(data: Buffer): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

/** A part is shared while the buffer that it keeps in memory is at most so many times as long. */
const MOST_KEPT = 4

/** Copies a part that would keep a much longer buffer in memory. Never a Buffer, whose `slice` does not copy. */
function lasting(part: Uint8Array): Uint8Array {
  return part.buffer.byteLength > MOST_KEPT * part.length
    ? new Uint8Array(part)
    : new Uint8Array(part.buffer, part.byteOffset, part.length)
}

/**
 * Decodes plain msgpack: maps, lists, bytes, finite numbers, text, booleans and nil. Throws MESSAGE_INVALID for anything else,
 * and for more values than `nodes`; the bytes are checked before they are decoded. Byte strings of the result that are a large
 * part of them share their memory.
 */
export function unpackPlain(bytes: Uint8Array, nodes: number = LIMITS.messageNodes): unknown {
  checkMsgpack(bytes, { nodes, depth: LIMITS.messageDepth })
  let value: unknown
  try {
    value = UNPACKR.unpack(bytes)
  } catch (cause) {
    throw new AppError({ code: 'MESSAGE_INVALID', message: 'the message is not msgpack' }, { cause })
  }
  return plain(value)
}

/** Encodes a message. Throws MESSAGE_TOO_LARGE above `LIMITS.frameBytes`. */
export function encodeMessage(message: Message, take?: TakeBuffer): Uint8Array {
  const bytes = packMessage(message, take)
  if (bytes.length <= LIMITS.frameBytes) return bytes
  throw new AppError({
    code: 'MESSAGE_TOO_LARGE',
    message: `a message is at most ${LIMITS.frameBytes} bytes, \`${message.type}\` has ${bytes.length}`,
  })
}

export function decodeFromMinion(bytes: Uint8Array): FromMinion {
  return decode(bytes, FROM_MINION) as FromMinion
}

export function decodeFromMaster(bytes: Uint8Array): FromMaster {
  return decode(bytes, FROM_MASTER) as FromMaster
}

export function decodeHandshake(bytes: Uint8Array): HandshakeMessage {
  return decode(bytes, HANDSHAKE) as HandshakeMessage
}

function decode(bytes: Uint8Array, gates: { readonly [type: string]: Gate }): Message {
  if (bytes.length > LIMITS.frameBytes) {
    throw new AppError({
      code: 'MESSAGE_TOO_LARGE',
      message: `a message is at most ${LIMITS.frameBytes} bytes, got ${bytes.length}`,
    })
  }
  const value = unpackPlain(bytes)
  const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined
  const gate = typeof type === 'string' && Object.hasOwn(gates, type) ? gates[type] : undefined
  if (gate === undefined) {
    throw new AppError({
      code: 'MESSAGE_INVALID',
      message: `expected one of ${Object.keys(gates).join(', ')}, got ${describe(type)}`,
    })
  }
  const checked = gate.safeParse(value)
  // Without members that the schema does not know, where it ignores them.
  if (checked.success) return checked.data as Message
  const where = checked.error?.issues[0]?.path.map(String).join('.') ?? ''
  throw new AppError({
    code: 'MESSAGE_INVALID',
    message: `the message \`${String(type)}\` has the wrong shape at \`${where}\``,
  })
}

/** Copies a decoded value. Throws MESSAGE_INVALID for a number that is not finite or has lost precision. */
function plain(value: unknown): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (
    typeof value === 'number' &&
    Number.isFinite(value) &&
    (!Number.isInteger(value) || Number.isSafeInteger(value))
  ) {
    return value
  }
  if (value instanceof Uint8Array) return lasting(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
  }
  throw new AppError({ code: 'MESSAGE_INVALID', message: `a value of the kind ${describe(value)} is not allowed` })
}

function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutUndefined(item)]))
}

function describe(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : typeof value
}
