import { finished, type Writable } from 'node:stream'
import type { ChannelEnd, ChannelFromMinion, ChannelSignal, ChannelToMinion } from '../../protocol/channel.ts'
import { InboundStream, OutboundStream, type StreamWire } from '../../protocol/channel-streams.ts'
import { AppError, problemsOf } from '../../protocol/errors.ts'
import type { ChannelPort } from './port.ts'

/** How a channel speaks with the link. */
export interface ChannelWire {
  /** Dropped when the link that it was opened on is gone. */
  send(message: ChannelFromMinion): void
  /** Undefined: the socket has room now. */
  room(): Promise<void> | undefined
}

/** One channel that is open on this minion: the wire's messages on one side, a handler's streams on the other. */
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

  /** `onTraffic` hears whenever bytes went either way. */
  constructor(channel: number, wire: ChannelWire, onTraffic: () => void) {
    this.#channel = channel
    this.#wire = wire
    this.#onTraffic = onTraffic
    this.#input = new InboundStream(bytes => wire.send({ type: 'channel-credit', channel, stream: 'in', bytes }))
    this.#output = new OutboundStream(this.#wireOf('out'))
    this.#errors = new OutboundStream(this.#wireOf('err'))
    // A handler that writes on after the end does no harm.
    for (const stream of [this.#input, this.#output, this.#errors]) stream.on('error', () => undefined)
  }

  /** Runs the handler to its end and tells the other side how it ended. Never throws. */
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
    // Why it was closed says more than what the handler then met.
    if (signal.aborted) end = { problem: problemsOf(signal.reason)[0] }
    for (const stream of [this.#input, this.#output, this.#errors]) stream.destroy()
    this.#wire.send({ type: 'channel-ended', channel, end })
    return end
  }

  /** Ends it from outside; the handler ends what it started. */
  close(reason: AppError): void {
    this.#closed.abort(reason)
  }

  /** A message for it. What breaks the rules of the wire closes it. */
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

/** Everything that was written has been taken by the operator's side, or nobody is there any more. */
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
