import { z } from 'zod/mini'
import { CHANNEL_FROM_MINION, CHANNEL_TO_MINION, type ChannelFromMinion, type ChannelToMinion } from './channel.ts'
import type { Problem } from './errors.ts'
import type { Grains } from './grains.ts'
import type { HandshakeMessage } from './handshake.ts'
import { isMinionId, isRunId, isSha256, type MinionId, type RunId, type Sha256, type StateKey } from './ids.ts'
import { LIMITS } from './limits.ts'
import { problemGate } from './problem-gate.ts'
import { STATE_OUTCOMES, type StateOutcome } from './report.ts'

/** What a minion may say once it has proved itself. The set is closed. */
export type FromMinion =
  | {
      readonly type: 'hello'
      readonly grains: Grains
      readonly bootId: string
      /** Hash of each state type this minion can run. */
      readonly stateTypes: { readonly [type: string]: string }
      /** The highest order sequence it has accepted; the master raises its own above it. */
      readonly highestSequence: number
      /** Runs it is working on or keeps a report of. */
      readonly runs: readonly RunId[]
      /** Of the newest catalog that it accepted; the master raises its own above it. Absent: none, or an older minion. */
      readonly generation?: number
    }
  | { readonly type: 'accepted'; readonly run: RunId }
  | { readonly type: 'refused'; readonly run: RunId; readonly problem: Problem }
  | { readonly type: 'running'; readonly run: RunId; readonly states: number }
  /** A hint for the screen; the report is the truth. */
  | {
      readonly type: 'progress'
      readonly run: RunId
      readonly index: number
      readonly key: StateKey
      /** Absent: it has begun. */
      readonly outcome?: StateOutcome
      readonly durationMs?: number
    }
  | {
      readonly type: 'report-offer'
      readonly run: RunId
      readonly sha256: Sha256
      readonly size: number
      /** By the minion's identity key, over run and hash. */
      readonly signature: Uint8Array
    }
  | { readonly type: 'blob-get'; readonly sha256: Sha256; readonly offset: number }
  | BlobChunk
  /** Asks for the boot highstate of this kernel boot. */
  | { readonly type: 'boot'; readonly bootId: string }
  | { readonly type: 'grains'; readonly grains: Grains }
  | { readonly type: 'pong'; readonly nonce: number }
  | ChannelFromMinion

/** What a master may say to a minion. The set is closed. */
export type FromMaster =
  | { readonly type: 'ping'; readonly nonce: number }
  | SignedOrder
  | { readonly type: 'blob-want'; readonly sha256: Sha256; readonly offset: number }
  | BlobChunk
  /** No order to this minion names this content (any more). */
  | { readonly type: 'blob-refused'; readonly sha256: Sha256 }
  /** The master has committed the report: it may be deleted. */
  | { readonly type: 'report-stored'; readonly run: RunId }
  /** It will never be stored: offering it again is of no use. */
  | { readonly type: 'report-refused'; readonly run: RunId; readonly problem: Problem }
  /** The answer to `boot`: an order follows, or there is nothing to do, or (`cached`) the cached catalog shall be used. */
  | { readonly type: 'boot-answer'; readonly bootId: string; readonly answer: 'order' | 'nothing' | 'cached' }
  | ChannelToMinion

export interface BlobChunk {
  readonly type: 'blob-chunk'
  readonly sha256: Sha256
  readonly offset: number
  readonly size: number
  readonly data: Uint8Array
}

/** `body` is verified as bytes before it is decoded (protocol/order.ts). */
export interface SignedOrder {
  readonly type: 'order'
  readonly body: Uint8Array
  readonly payload: Uint8Array
  readonly signature: Uint8Array
}

const bytes = z.custom<Uint8Array>(value => value instanceof Uint8Array)
const bytesOf = (length: number) =>
  z.custom<Uint8Array>(value => value instanceof Uint8Array && value.length === length)
const text = (maximum: number) => z.string().check(z.maxLength(maximum))
const count = z.int().check(z.minimum(0))
const run = z.custom<RunId>(value => typeof value === 'string' && isRunId(value))
const minion = z.custom<MinionId>(value => typeof value === 'string' && isMinionId(value))
const sha256 = z.custom<Sha256>(value => typeof value === 'string' && isSha256(value))
const key = z.custom<StateKey>(value => typeof value === 'string' && value.length <= 1024)
const problem = problemGate

/** A claim that goes into texts of others: one line, and nothing that a terminal acts on. */
const fact = (maximum: number) => z.string().check(z.maxLength(maximum), z.regex(/^[^\p{Cc}\u2028\u2029]*$/u))

const grains = z.strictObject({
  os: fact(64),
  oscodename: z.optional(fact(64)),
  osrelease: z.optional(fact(64)),
  os_family: z.optional(fact(64)),
  arch: fact(32),
  kernel: fact(128),
  hostname: fact(255),
  fqdn: fact(255),
  num_cpus: count,
  mem_mb: count,
  ip4: z.optional(fact(15)),
  ip6: z.optional(fact(45)),
  addresses: z.array(fact(45)).check(z.maxLength(256)),
  virtual: z.optional(fact(64)),
  saltern_version: fact(32),
})

const blobChunk = z.strictObject({ type: z.literal('blob-chunk'), sha256, offset: count, size: count, data: bytes })

/** One schema a message: the gate of the wire. Unknown members are refused. */
export const FROM_MINION = {
  hello: z.strictObject({
    type: z.literal('hello'),
    grains,
    bootId: text(64),
    stateTypes: z.record(text(128), text(128)),
    highestSequence: count,
    runs: z.array(run).check(z.maxLength(LIMITS.knownRuns)),
    generation: z.optional(count.check(z.maximum(LIMITS.generation))),
  }),
  accepted: z.strictObject({ type: z.literal('accepted'), run }),
  refused: z.strictObject({ type: z.literal('refused'), run, problem }),
  running: z.strictObject({ type: z.literal('running'), run, states: count }),
  progress: z.strictObject({
    type: z.literal('progress'),
    run,
    index: count,
    key,
    outcome: z.optional(z.enum(STATE_OUTCOMES)),
    durationMs: z.optional(z.number()),
  }),
  'report-offer': z.strictObject({ type: z.literal('report-offer'), run, sha256, size: count, signature: bytesOf(64) }),
  'blob-get': z.strictObject({ type: z.literal('blob-get'), sha256, offset: count }),
  'blob-chunk': blobChunk,
  boot: z.strictObject({ type: z.literal('boot'), bootId: text(64) }),
  grains: z.strictObject({ type: z.literal('grains'), grains }),
  pong: z.strictObject({ type: z.literal('pong'), nonce: count }),
  ...CHANNEL_FROM_MINION,
} as const satisfies { readonly [type in FromMinion['type']]: unknown }

export const FROM_MASTER = {
  ping: z.strictObject({ type: z.literal('ping'), nonce: count }),
  order: z.strictObject({ type: z.literal('order'), body: bytes, payload: bytes, signature: bytesOf(64) }),
  'blob-want': z.strictObject({ type: z.literal('blob-want'), sha256, offset: count }),
  'blob-chunk': blobChunk,
  'blob-refused': z.strictObject({ type: z.literal('blob-refused'), sha256 }),
  'report-stored': z.strictObject({ type: z.literal('report-stored'), run }),
  'report-refused': z.strictObject({ type: z.literal('report-refused'), run, problem }),
  'boot-answer': z.strictObject({
    type: z.literal('boot-answer'),
    bootId: text(64),
    answer: z.enum(['order', 'nothing', 'cached']),
  }),
  ...CHANNEL_TO_MINION,
} as const satisfies { readonly [type in FromMaster['type']]: unknown }

const certificate = z.strictObject({
  fleet: text(128),
  master: text(128),
  rootKey: bytesOf(32),
  masterKey: bytesOf(32),
  notBefore: z.number(),
  notAfter: z.number(),
  epoch: count,
  signature: bytesOf(64),
})

export const HANDSHAKE = {
  'client-hello': z.strictObject({
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
  'client-proof': z.strictObject({
    type: z.literal('client-proof'),
    id: minion,
    key: bytesOf(32),
    sealingKey: bytesOf(32),
    sealingSignature: bytesOf(64),
    counter: count,
    signature: bytesOf(64),
    join: z.optional(z.strictObject({ token: text(16), signature: bytesOf(64) })),
  }),
  session: z.strictObject({ type: z.literal('session'), serverTime: z.number() }),
  denied: z.strictObject({ type: z.literal('denied') }),
} as const satisfies { readonly [type in HandshakeMessage['type']]: unknown }
