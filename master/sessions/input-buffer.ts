import type { ChannelToMinion } from '../../protocol/channel.ts'
import { AppError } from '../../protocol/errors.ts'
import { SendWindow } from '../../protocol/window.ts'
import type { Relay } from './relay.ts'

/** Maximum number of messages, all small, besides the data that the window limits. */
const MOST = 1000

/** Holds what an operator sends on the channels of a stream until a relay takes it. */
export interface InputBuffer {
  /** Takes a message. Throws MESSAGE_INVALID when too much is waiting; ignores unknown channels. */
  hear(message: ChannelToMinion): void
  /** Passes everything that waited, and all further messages of the channel, to the relay. */
  handTo(channel: number, relay: Relay): void
}

interface Waiting {
  readonly window: SendWindow
  readonly words: ChannelToMinion[]
}

/** Creates the buffer. A terminal is relayed only after its recording has started; keys and window sizes do not wait for that. */
export function createInputBuffer(
  channels: readonly { readonly channel: number; readonly window: number }[],
): InputBuffer {
  const relays = new Map<number, Relay>()
  const waiting = new Map<number, Waiting>(
    channels.map(({ channel, window }) => [channel, { window: new SendWindow(window), words: [] }] as const),
  )
  return {
    hear: message => {
      const relay = relays.get(message.channel)
      if (relay !== undefined) return relay.fromOperator(message)
      const held = waiting.get(message.channel)
      if (held === undefined) return
      if (message.type === 'channel-data') held.window.spend(message.data.length)
      if (held.words.length >= MOST) throw new AppError({ code: 'MESSAGE_INVALID', message: 'too much too early' })
      held.words.push(message)
    },
    handTo: (channel, relay) => {
      relays.set(channel, relay)
      const { words = [] } = waiting.get(channel) ?? {}
      waiting.delete(channel)
      for (const message of words) relay.fromOperator(message)
    },
  }
}
