import type { Readable, Writable } from 'node:stream'
import type { ChannelEnd, ChannelSignal } from '../../protocol/channel.ts'

export type { ChannelEnd } from '../../protocol/channel.ts'

/** The operator's side of one channel, as a handler on the minion sees it. */
export interface ChannelPort {
  /** What the operator's side sends; ends at its end of file. */
  readonly input: Readable
  /** Held back by credit: a handler that waits for `drain` keeps nothing in memory. */
  readonly output: Writable
  readonly errors: Writable
  /** Link lost, closed by the other side, limit reached. */
  readonly signal: AbortSignal
  onResize(listener: (columns: number, rows: number) => void): void
  onSignal(listener: (name: ChannelSignal) => void): void
}

/** Does what a channel is for, from its opening to its end; what a user did wrong comes back as a problem. */
export type ChannelHandler<Request> = (request: Request, port: ChannelPort) => Promise<ChannelEnd>
