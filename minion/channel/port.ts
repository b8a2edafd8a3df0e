import type { Readable, Writable } from 'node:stream'
import type { ChannelEnd, ChannelSignal } from '../../protocol/channel.ts'

export type { ChannelEnd } from '../../protocol/channel.ts'

/** The operator's side of a channel, as seen by a handler on the minion. */
export interface ChannelPort {
  /** Input from the operator's side; ends at its end of file. */
  readonly input: Readable
  /** Limited by credit: a handler that waits for `drain` buffers nothing. */
  readonly output: Writable
  readonly errors: Writable
  /** Aborted when the link is lost, the other side closes the channel, or a limit is reached. */
  readonly signal: AbortSignal
  onResize(listener: (columns: number, rows: number) => void): void
  onSignal(listener: (name: ChannelSignal) => void): void
}

/** Serves a channel from its opening to its end. Errors caused by the user are returned as a problem. */
export type ChannelHandler<Request> = (request: Request, port: ChannelPort) => Promise<ChannelEnd>
