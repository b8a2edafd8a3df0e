import { z } from 'zod/mini'
import type { Problem } from './errors.ts'
import { LIMITS } from './limits.ts'
import { problemGate } from './problem-gate.ts'

/**
 * Channels: what runs between an operator and a minion, over the link and over the stream door alike. Each stream is held
 * back by credit: its sender starts with `LIMITS.channelWindowBytes` and gets back what the reader took.
 */

/** `in` flows to the minion, the others come from it. */
export type ChannelStream = 'in' | 'out' | 'err'
export type OutputStream = Exclude<ChannelStream, 'in'>

/** What an operator may send to what runs behind a channel. */
export const CHANNEL_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGKILL', 'SIGHUP'] as const
export type ChannelSignal = (typeof CHANNEL_SIGNALS)[number]

export interface TerminalSize {
  readonly columns: number
  readonly rows: number
}

/** What became of what ran behind a channel. */
export type ChannelEnd = { readonly exit: number } | { readonly signal: string } | { readonly problem: Problem }

export type ChannelFromMinion =
  /** It runs: from now on the other side may send. */
  | { readonly type: 'channel-opened'; readonly channel: number }
  | {
      readonly type: 'channel-data'
      readonly channel: number
      readonly stream: OutputStream
      readonly data: Uint8Array
    }
  | { readonly type: 'channel-credit'; readonly channel: number; readonly stream: 'in'; readonly bytes: number }
  | { readonly type: 'channel-eof'; readonly channel: number; readonly stream: OutputStream }
  /** The last word of a channel, refused ones too. */
  | { readonly type: 'channel-ended'; readonly channel: number; readonly end: ChannelEnd }

export type ChannelToMinion =
  | { readonly type: 'channel-data'; readonly channel: number; readonly stream: 'in'; readonly data: Uint8Array }
  | {
      readonly type: 'channel-credit'
      readonly channel: number
      readonly stream: OutputStream
      readonly bytes: number
    }
  | { readonly type: 'channel-eof'; readonly channel: number; readonly stream: 'in' }
  | ({ readonly type: 'channel-resize'; readonly channel: number } & TerminalSize)
  | { readonly type: 'channel-signal'; readonly channel: number; readonly signal: ChannelSignal }
  /** Ends what runs there; `channel-ended` still comes. */
  | { readonly type: 'channel-close'; readonly channel: number }

export function isChannelMessage<Message extends { readonly type: string }>(
  message: Message,
): message is Extract<Message, { readonly type: `channel-${string}` }> {
  return message.type.startsWith('channel-')
}

const channel = z.int().check(z.minimum(0), z.maximum(0xffff_ffff))
/** Never empty: credit counts bytes, and pieces without any would be held back by nothing. */
const data = z.custom<Uint8Array>(
  value => value instanceof Uint8Array && value.length > 0 && value.length <= LIMITS.chunkBytes,
)
const bytes = z.int().check(z.minimum(1), z.maximum(LIMITS.channelWindowBytes))
const input = z.literal('in')
const output = z.enum(['out', 'err'])
const cells = z.int().check(z.minimum(1), z.maximum(10_000))

/** Gate of a terminal's size. */
export const SIZE = { columns: cells, rows: cells }

const dataOf = <Stream extends z.ZodMiniType>(stream: Stream) =>
  z.strictObject({ type: z.literal('channel-data'), channel, stream, data })
const creditOf = <Stream extends z.ZodMiniType>(stream: Stream) =>
  z.strictObject({ type: z.literal('channel-credit'), channel, stream, bytes })
const eofOf = <Stream extends z.ZodMiniType>(stream: Stream) =>
  z.strictObject({ type: z.literal('channel-eof'), channel, stream })

const end = z.union([
  z.strictObject({ exit: z.int().check(z.minimum(0), z.maximum(255)) }),
  z.strictObject({ signal: z.string().check(z.regex(/^SIG[A-Z0-9+-]{1,12}$/)) }),
  z.strictObject({ problem: problemGate }),
])

/** One schema a message, in each direction. */
export const CHANNEL_FROM_MINION = {
  'channel-opened': z.strictObject({ type: z.literal('channel-opened'), channel }),
  'channel-data': dataOf(output),
  'channel-credit': creditOf(input),
  'channel-eof': eofOf(output),
  'channel-ended': z.strictObject({ type: z.literal('channel-ended'), channel, end }),
} as const satisfies { readonly [type in ChannelFromMinion['type']]: unknown }

export const CHANNEL_TO_MINION = {
  'channel-data': dataOf(input),
  'channel-credit': creditOf(output),
  'channel-eof': eofOf(input),
  'channel-resize': z.strictObject({ type: z.literal('channel-resize'), channel, ...SIZE }),
  'channel-signal': z.strictObject({ type: z.literal('channel-signal'), channel, signal: z.enum(CHANNEL_SIGNALS) }),
  'channel-close': z.strictObject({ type: z.literal('channel-close'), channel }),
} as const satisfies { readonly [type in ChannelToMinion['type']]: unknown }
