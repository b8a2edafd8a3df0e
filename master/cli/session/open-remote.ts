import { setImmediate } from 'node:timers/promises'
import type { ChannelEnd, ChannelFromMinion } from '../../../protocol/channel.ts'
import { InboundStream, OutboundStream, type StreamSizes, sizesOf } from '../../../protocol/channel-streams.ts'
import { type Problem, problemsOf } from '../../../protocol/errors.ts'
import type { ApiClient } from '../../api/client.ts'
import type { OperatorStream } from '../../api/stream-client.ts'
import type { StreamInputOf, StreamName } from '../../sessions/stream-contract.ts'
import type { RemoteChannel } from './remote-channel.ts'

/** The channels of a stream, and the minions that are offline. */
export interface Remote {
  readonly channels: readonly RemoteChannel[]
  readonly offline: readonly string[]
}

/** Opens sessions on minions. Throws the master's refusal. */
export async function openRemote<Name extends StreamName>(
  client: ApiClient,
  verb: Name,
  input: StreamInputOf<Name>,
): Promise<Remote> {
  const stream = await client.stream(verb, input)
  const open = new Map(
    stream.channels.map(({ channel, minion, window }) => [
      channel,
      new OperatorChannel(stream, channel, minion, sizesOf(window)),
    ]),
  )
  const channels = [...open.values()]
  stream.listen(
    message => open.get(message.channel)?.take(message),
    problem => {
      for (const channel of channels) channel.lost(problem ?? LOST)
    },
  )
  void Promise.all(channels.map(({ ended }) => ended)).then(() => stream.close())
  return { channels, offline: stream.offline }
}

const LOST: Problem = {
  code: 'SESSION_LOST',
  message: 'the master stopped before the session ended',
  hint: 'Its programs on the minion were ended too.',
}

class OperatorChannel implements RemoteChannel {
  readonly minion: string
  readonly input: OutboundStream
  readonly output: InboundStream
  readonly errors: InboundStream
  readonly ended: Promise<ChannelEnd>
  readonly #stream: OperatorStream
  readonly #channel: number
  readonly #resolve: (end: ChannelEnd) => void

  constructor(stream: OperatorStream, channel: number, minion: string, sizes: StreamSizes) {
    this.#stream = stream
    this.#channel = channel
    this.minion = minion
    const { promise, resolve } = Promise.withResolvers<ChannelEnd>()
    this.ended = promise
    this.#resolve = resolve
    this.input = new OutboundStream(
      {
        data: data => stream.send({ type: 'channel-data', channel, stream: 'in', data }),
        eof: () => stream.send({ type: 'channel-eof', channel, stream: 'in' }),
        room: () => stream.room(),
      },
      sizes,
    )
    this.input.on('error', () => undefined)
    this.output = new InboundStream(
      bytes => stream.send({ type: 'channel-credit', channel, stream: 'out', bytes }),
      sizes,
    )
    this.errors = new InboundStream(
      bytes => stream.send({ type: 'channel-credit', channel, stream: 'err', bytes }),
      sizes,
    )
  }

  signal(signal: 'SIGINT' | 'SIGTERM'): void {
    this.#stream.send({ type: 'channel-signal', channel: this.#channel, signal })
  }

  resize(size: { readonly columns: number; readonly rows: number }): void {
    this.#stream.send({ type: 'channel-resize', channel: this.#channel, ...size })
  }

  close(): void {
    this.#stream.send({ type: 'channel-close', channel: this.#channel })
  }

  take(message: ChannelFromMinion): void {
    try {
      switch (message.type) {
        case 'channel-opened':
          return
        case 'channel-data':
          return (message.stream === 'out' ? this.output : this.errors).deliver(message.data)
        case 'channel-eof':
          return (message.stream === 'out' ? this.output : this.errors).finish()
        case 'channel-credit':
          return this.input.grant(message.bytes)
        case 'channel-ended':
          return this.#end(message.end)
        default:
          return message satisfies never
      }
    } catch (thrown) {
      this.close()
      this.lost(problemsOf(thrown)[0])
    }
  }

  /** Ends the channel when the connection to it is lost. */
  lost(problem: Problem): void {
    this.#end({ problem })
  }

  /** Data that came before the end can still be read. */
  #end(end: ChannelEnd): void {
    this.output.finish()
    this.errors.finish()
    void setImmediate().then(() => this.input.destroy())
    this.#resolve(end)
  }
}
