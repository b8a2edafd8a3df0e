import { finished, type Writable } from 'node:stream'
import type { ChannelEnd, ChannelFromMinion, ChannelSignal, ChannelToMinion } from '../../protocol/channel.ts'
import { InboundStream, OutboundStream, type StreamSizes, type StreamWire } from '../../protocol/channel-streams.ts'
import { AppError, problemsOf } from '../../protocol/errors.ts'
import type { ChannelPort } from './port.ts'

/** How a channel uses the link. */
export interface ChannelWire {
  /** Dropped if the link on which the channel was opened is gone. */
  send(message: ChannelFromMinion): void
  /** undefined when the socket has room now. */
  room(): Promise<void> | undefined
}

/** One open channel of this minion: connects messages of the wire to the streams of a handler. */
export class OpenChannel {
  readonly #channel: number
  readonly #wire: ChannelWire
  readonly #input: InboundStream
  readonly #output: OutboundStream
  readonly #errors: OutboundStream
  readonly #closed = new AbortController()
  readonly #onResize: ((columns: number, rows: number) => void)[] = []
  readonly #onSignal: ((name: ChannelSignal) => void)[] = []
  readonly #onTraffic: () => void

  /** `onTraffic` is called whenever bytes are sent or received. */
  constructor(channel: number, wire: ChannelWire, onTraffic: () => void, sizes: StreamSizes) {
    this.#channel = channel
    this.#wire = wire
    this.#onTraffic = onTraffic
    this.#input = new InboundStream(bytes => wire.send({ type: 'channel-credit', channel, stream: 'in', bytes }), sizes)
    this.#output = new OutboundStream(this.#wireOf('out'), sizes)
    this.#errors = new OutboundStream(this.#wireOf('err'), sizes)
    // Ignore writes of a handler after the end.
    for (const stream of [this.#input, this.#output, this.#errors]) stream.on('error', () => undefined)
  }

  /** Runs the handler to its end and reports how it ended to the other side. Never throws. */
  async carry(work: (port: ChannelPort) => Promise<ChannelEnd>): Promise<ChannelEnd> {
    const channel = this.#channel
    this.#wire.send({ type: 'channel-opened', channel })
    let end: ChannelEnd
    try {
      end = await work(this.#port())
    } catch (thrown) {
      end = { problem: problemsOf(thrown)[0] }
    }
    const { signal } = this.#closed
    if (!signal.aborted) await Promise.all([flushed(this.#output, signal), flushed(this.#errors, signal)])
    // The reason for closing explains more than the error that it caused in the handler.
    if (signal.aborted) end = { problem: problemsOf(signal.reason)[0] }
    for (const stream of [this.#input, this.#output, this.#errors]) stream.destroy()
    this.#wire.send({ type: 'channel-ended', channel, end })
    return end
  }

  /** Closes the channel from outside; the handler stops what it started. */
  close(reason: AppError): void {
    this.#closed.abort(reason)
  }

  /** Handles a message. A protocol violation closes the channel. */
  take(message: ChannelToMinion): void {
    try {
      this.#dispatch(message)
    } catch (thrown) {
      this.close(thrown instanceof AppError ? thrown : new AppError(problemsOf(thrown)))
    }
  }

  #dispatch(message: ChannelToMinion): void {
    switch (message.type) {
      case 'channel-data':
        this.#onTraffic()
        return this.#input.deliver(message.data)
      case 'channel-eof':
        return this.#input.finish()
      case 'channel-credit':
        return (message.stream === 'out' ? this.#output : this.#errors).grant(message.bytes)
      case 'channel-resize':
        for (const listener of this.#onResize) listener(message.columns, message.rows)
        return
      case 'channel-signal':
        for (const listener of this.#onSignal) listener(message.signal)
        return
      case 'channel-close':
        return this.close(new AppError({ code: 'SESSION_LOST', message: 'the operator disconnected' }))
      default:
        return message satisfies never
    }
  }

  #port(): ChannelPort {
    return {
      input: this.#input,
      output: this.#output,
      errors: this.#errors,
      signal: this.#closed.signal,
      onResize: listener => void this.#onResize.push(listener),
      onSignal: listener => void this.#onSignal.push(listener),
    }
  }

  #wireOf(stream: 'out' | 'err'): StreamWire {
    const channel = this.#channel
    return {
      data: data => {
        this.#onTraffic()
        this.#wire.send({ type: 'channel-data', channel, stream, data })
      },
      eof: () => this.#wire.send({ type: 'channel-eof', channel, stream }),
      room: () => this.#wire.room(),
    }
  }
}

/** Resolves when the operator's side has taken everything written, or is gone. */
function flushed(stream: Writable, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const stop = finished(stream, () => resolve())
    signal.addEventListener(
      'abort',
      () => {
        stop()
        resolve()
      },
      { once: true },
    )
    stream.end()
  })
}
