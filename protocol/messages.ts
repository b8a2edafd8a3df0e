import { z } from 'zod/mini'
import { CHANNEL_FROM_MINION, CHANNEL_TO_MINION } from './channel.ts'
import { GRAINS } from './grains.ts'
import { isRunId, isSha256, type RunId, type Sha256, type StateKey } from './ids.ts'
import { LIMITS } from './limits.ts'
import { STATE_OUTCOMES } from './outcomes.ts'
import { type Members, problemFromMaster, problemFromMinion } from './problem-gate.ts'
import type { Wire } from './wire.ts'

const bytes = z.custom<Uint8Array>(value => value instanceof Uint8Array)
const bytesOf = (length: number) =>
  z.custom<Uint8Array>(value => value instanceof Uint8Array && value.length === length)
const text = (maximum: number) => z.string().check(z.maxLength(maximum))
const count = z.int().check(z.minimum(0))
const run = z.custom<RunId>(value => typeof value === 'string' && isRunId(value))
const sha256 = z.custom<Sha256>(value => typeof value === 'string' && isSha256(value))
const key = z.custom<StateKey>(value => typeof value === 'string' && value.length <= 1024)

const chunkOf = (members: Members) =>
  members({ type: z.literal('blob-chunk'), sha256, offset: count, size: count, data: bytes })

/**
 * Messages of an authenticated minion, one schema each: the gate of the wire. The set is closed. A newer minion can send
 * members that this program does not know; they are ignored.
 */
export const FROM_MINION = {
  hello: z.object({
    type: z.literal('hello'),
    grains: GRAINS,
    bootId: text(64),
    /** Hash of each state type that this minion supports. */
    stateTypes: z.record(text(128), text(128)),
    /** The highest order sequence it has accepted; the master continues above it. */
    highestSequence: count,
    /** Active runs, and runs whose report it still has. */
    runs: z.array(run).check(z.maxLength(LIMITS.knownRuns)),
    /** Generation of the newest catalog it accepted; the master continues above it. Absent: none, or an older minion. */
    generation: z.optional(count.check(z.maximum(LIMITS.generation))),
    /** The largest window of a stream that it takes. Absent: an older minion, which knows only `LIMITS.channelWindowBytes`. */
    window: z.optional(count),
  }),
  accepted: z.object({ type: z.literal('accepted'), run }),
  refused: z.object({ type: z.literal('refused'), run, problem: problemFromMinion }),
  running: z.object({ type: z.literal('running'), run, states: count }),
  /** A hint for display; the report is authoritative. */
  progress: z.object({
    type: z.literal('progress'),
    run,
    index: count,
    key,
    /** Absent when the state has started. */
    outcome: z.optional(z.enum(STATE_OUTCOMES)),
    durationMs: z.optional(z.number()),
  }),
  'report-offer': z.object({
    type: z.literal('report-offer'),
    run,
    sha256,
    size: count,
    /** Made with the minion's identity key over run and hash. */
    signature: bytesOf(64),
  }),
  'blob-get': z.object({ type: z.literal('blob-get'), sha256, offset: count }),
  'blob-chunk': chunkOf(z.object),
  /** Requests the boot highstate for this kernel boot. */
  boot: z.object({ type: z.literal('boot'), bootId: text(64) }),
  grains: z.object({ type: z.literal('grains'), grains: GRAINS }),
  pong: z.object({ type: z.literal('pong'), nonce: count }),
  ...CHANNEL_FROM_MINION,
} as const
export type FromMinion = Wire<(typeof FROM_MINION)[keyof typeof FROM_MINION]>

/** Messages of a master to a minion. The set is closed, and so is each message: what is not understood is not obeyed. */
export const FROM_MASTER = {
  ping: z.strictObject({ type: z.literal('ping'), nonce: count }),
  /** `body` is verified as bytes before it is decoded (protocol/order.ts). */
  order: z.strictObject({ type: z.literal('order'), body: bytes, payload: bytes, signature: bytesOf(64) }),
  'blob-want': z.strictObject({ type: z.literal('blob-want'), sha256, offset: count }),
  'blob-chunk': chunkOf(z.strictObject),
  /** No order for this minion references this content (any more). */
  'blob-refused': z.strictObject({ type: z.literal('blob-refused'), sha256 }),
  /** The master has committed the report, so the minion may delete it. */
  'report-stored': z.strictObject({ type: z.literal('report-stored'), run }),
  /** The report will never be stored; offering it again is useless. */
  'report-refused': z.strictObject({ type: z.literal('report-refused'), run, problem: problemFromMaster }),
  /** The answer to `boot`: an order follows, there is nothing to do, or (`cached`) the minion applies the cached catalog. */
  'boot-answer': z.strictObject({
    type: z.literal('boot-answer'),
    bootId: text(64),
    answer: z.enum(['order', 'nothing', 'cached']),
  }),
  ...CHANNEL_TO_MINION,
} as const
export type FromMaster = Wire<(typeof FROM_MASTER)[keyof typeof FROM_MASTER]>

export type BlobChunk = Wire<(typeof FROM_MASTER)['blob-chunk']>
export type SignedOrder = Wire<(typeof FROM_MASTER)['order']>
