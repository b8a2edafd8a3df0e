import { z } from 'zod/mini'
import { isMinionId, type MinionId } from './ids.ts'
import type { Wire } from './wire.ts'

const bytesOf = (length: number) =>
  z.custom<Uint8Array>(value => value instanceof Uint8Array && value.length === length)
const text = (maximum: number) => z.string().check(z.maxLength(maximum))
const count = z.int().check(z.minimum(0))

/** The fleet root's statement that a key belongs to a master of this fleet. */
const certificate = z.strictObject({
  fleet: text(128),
  master: text(128),
  /** Raw Ed25519 keys. */
  rootKey: bytesOf(32),
  masterKey: bytesOf(32),
  /** Milliseconds since 1970. */
  notBefore: z.number(),
  notAfter: z.number(),
  /** Only increases; a minion refuses an epoch lower than the last one it saw. */
  epoch: count,
  signature: bytesOf(64),
})
export type MasterCertificate = Wire<typeof certificate>

/** The messages of the handshake, in order. Additions of a newer minion are ignored; additions of a master are refused. */
export const HANDSHAKE = {
  'client-hello': z.object({
    type: z.literal('client-hello'),
    versions: z.array(count).check(z.maxLength(16)),
    role: z.literal('minion'),
    nonce: bytesOf(32),
  }),
  'server-hello': z.strictObject({
    type: z.literal('server-hello'),
    version: count,
    nonce: bytesOf(32),
    certificate,
    signature: bytesOf(64),
  }),
  'client-proof': z.object({
    type: z.literal('client-proof'),
    id: z.custom<MinionId>(value => typeof value === 'string' && isMinionId(value)),
    /** Raw Ed25519 identity key. */
    key: bytesOf(32),
    /** Raw X25519 key for boxes, and the identity's signature over it. */
    sealingKey: bytesOf(32),
    sealingSignature: bytesOf(64),
    /** Connections made so far with this key; a decrease means a clone. */
    counter: count,
    signature: bytesOf(64),
    join: z.optional(z.object({ token: text(16), signature: bytesOf(64) })),
  }),
  session: z.strictObject({ type: z.literal('session'), serverTime: z.number() }),
  /** The same for unknown, pending and revoked keys. */
  denied: z.strictObject({ type: z.literal('denied') }),
} as const

export type ClientHello = Wire<(typeof HANDSHAKE)['client-hello']>
export type ServerHello = Wire<(typeof HANDSHAKE)['server-hello']>
export type ClientProof = Wire<(typeof HANDSHAKE)['client-proof']>
export type HandshakeMessage = Wire<(typeof HANDSHAKE)[keyof typeof HANDSHAKE]>
