import type { ChannelToMinion } from '../../protocol/channel.ts'
import { AppError } from '../../protocol/errors.ts'
import { SendWindow } from '../../protocol/window.ts'
import type { Relay } from './relay.ts'

/** Messages, all small, besides the data that the window bounds. */
const MOST = 1000

/** What an operator says on the channels of a stream, for whoever relays them; what is said before he is there waits. */
export interface InputBuffer {
  /** MESSAGE_INVALID for more than may wait; nothing for a channel that there is not. */
  hear(message: ChannelToMinion): void
  /** Everything that waited, and from now on all of it, goes there. */
  handTo(channel: number, relay: Relay): void
}

interface Waiting {
  readonly window: SendWindow
  readonly words: ChannelToMinion[]
}

/** A terminal is relayed only when its recording has begun; keys and the window's size do not wait for that. */
export function createInputBuffer(channels: readonly number[]): InputBuffer {
  const relays = new Map<number, Relay>()
  const waiting = new Map<number, Waiting>(
    channels.map(channel => [channel, { window: new SendWindow(), words: [] }] as const),
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
