import { z } from 'zod/mini'
import { LIMITS } from './limits.ts'
import { type Members, problemFromMinion } from './problem-gate.ts'
import type { Wire } from './wire.ts'

/**
 * Channels connect an operator and what runs for them on a minion, both over the link and over the stream door. Credit limits
 * each stream: its sender starts with the window of the session and gets back what the reader took.
 */

/** `in` flows to the minion, the others come from it. */
export type ChannelStream = 'in' | 'out' | 'err'

/** Signals that an operator can send to a program behind a channel. */
const CHANNEL_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGKILL', 'SIGHUP'] as const
export type ChannelSignal = (typeof CHANNEL_SIGNALS)[number]

export function isChannelMessage<Message extends { readonly type: string }>(
  message: Message,
): message is Extract<Message, { readonly type: `channel-${string}` }> {
  return message.type.startsWith('channel-')
}

const channel = z.int().check(z.minimum(0), z.maximum(0xffff_ffff))
/** Never empty: credit counts bytes, so it would not limit empty pieces. */
const data = z.custom<Uint8Array>(
  value => value instanceof Uint8Array && value.length > 0 && value.length <= LIMITS.chunkBytes,
)
const bytes = z.int().check(z.minimum(1), z.maximum(LIMITS.largestWindowBytes))
const input = z.literal('in')
const output = z.enum(['out', 'err'])
const cells = z.int().check(z.minimum(1), z.maximum(10_000))

/** Schema of a terminal's size. */
export const SIZE = { columns: cells, rows: cells }
export interface TerminalSize {
  readonly columns: number
  readonly rows: number
}

/** Messages of a minion can have members of a newer version, which are ignored; those of an operator or a master cannot. */
const dataOf = <Stream extends z.ZodMiniType>(members: Members, stream: Stream) =>
  members({ type: z.literal('channel-data'), channel, stream, data })
const creditOf = <Stream extends z.ZodMiniType>(members: Members, stream: Stream) =>
  members({ type: z.literal('channel-credit'), channel, stream, bytes })
const eofOf = <Stream extends z.ZodMiniType>(members: Members, stream: Stream) =>
  members({ type: z.literal('channel-eof'), channel, stream })

/** How a program behind a channel ended. */
const end = z.union([
  z.object({ exit: z.int().check(z.minimum(0), z.maximum(255)) }),
  z.object({ signal: z.string().check(z.regex(/^SIG[A-Z0-9+-]{1,12}$/)) }),
  z.object({ problem: problemFromMinion }),
])
export type ChannelEnd = Wire<typeof end>

/** One schema per message, for each direction. */
export const CHANNEL_FROM_MINION = {
  /** The handler runs: from now on the other side may send. */
  'channel-opened': z.object({ type: z.literal('channel-opened'), channel }),
  'channel-data': dataOf(z.object, output),
  'channel-credit': creditOf(z.object, input),
  'channel-eof': eofOf(z.object, output),
  /** The last message of a channel, even of a refused one. */
  'channel-ended': z.object({ type: z.literal('channel-ended'), channel, end }),
} as const
export type ChannelFromMinion = Wire<(typeof CHANNEL_FROM_MINION)[keyof typeof CHANNEL_FROM_MINION]>

export const CHANNEL_TO_MINION = {
  'channel-data': dataOf(z.strictObject, input),
  'channel-credit': creditOf(z.strictObject, output),
  'channel-eof': eofOf(z.strictObject, input),
  'channel-resize': z.strictObject({ type: z.literal('channel-resize'), channel, ...SIZE }),
  'channel-signal': z.strictObject({ type: z.literal('channel-signal'), channel, signal: z.enum(CHANNEL_SIGNALS) }),
  /** Stops what runs on the minion; `channel-ended` still follows. */
  'channel-close': z.strictObject({ type: z.literal('channel-close'), channel }),
} as const
export type ChannelToMinion = Wire<(typeof CHANNEL_TO_MINION)[keyof typeof CHANNEL_TO_MINION]>
