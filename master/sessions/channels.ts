import type { ChannelFromMinion, ChannelToMinion } from '../../protocol/channel.ts'
import type { MinionId } from '../../protocol/ids.ts'
import { Relay, type Witness } from './relay.ts'

/** What a channel is opened with. */
interface ChannelWish {
  readonly minion: MinionId
  /** Channel number on the operator's side. */
  readonly near: number
  /** The window of each stream. */
  readonly window: number
  readonly toOperator: (message: ChannelFromMinion) => void
  readonly witness?: Witness | undefined
  /** Sends the order that opens channel `far` on the link; false when the minion is offline. An error ends the channel. */
  readonly order: (far: number) => boolean
}

/** All sessions that are currently relayed. */
export interface Channels {
  open(wish: ChannelWish): Relay
  /** Number of open sessions of a minion. */
  countOf(minion: MinionId): number
  /** Handles a message from a minion. Ignores messages for channels that have ended or belong to another minion. */
  hear(minion: MinionId, message: ChannelFromMinion): void
  /** Called when the link of a minion is lost. */
  lost(minion: MinionId): void
}

export interface ChannelsDeps {
  readonly send: (minion: MinionId, message: ChannelToMinion) => boolean
  /** How long a minion may take to open or close a channel. */
  readonly patienceMs?: number
}

const PATIENCE_MS = 30_000

export function createChannels({ send, patienceMs = PATIENCE_MS }: ChannelsDeps): Channels {
  const relays = new Map<number, Relay>()
  const counts = new Map<MinionId, number>()
  const count = (minion: MinionId, by: 1 | -1): void => {
    const now = (counts.get(minion) ?? 0) + by
    if (now === 0) counts.delete(minion)
    else counts.set(minion, now)
  }
  let last = 0
  return {
    open({ minion, near, window, toOperator, witness, order }) {
      // Never reuse a number during the life of a link: a late message of an old session must not reach a new one.
      last = (last % 0xffff_ffff) + 1
      const far = last
      const toMinion = (message: ChannelToMinion): void => void send(minion, message)
      const relay = new Relay({ minion, near, far, window, toOperator, toMinion, witness, patienceMs })
      relays.set(far, relay)
      count(minion, 1)
      void relay.ended.then(() => {
        relays.delete(far)
        count(minion, -1)
      })
      if (!order(far)) relay.lost()
      return relay
    },
    countOf: minion => counts.get(minion) ?? 0,
    hear(minion, message) {
      const relay = relays.get(message.channel)
      if (relay?.minion === minion) relay.fromMinion(message)
    },
    lost(minion) {
      for (const relay of relays.values()) if (relay.minion === minion) relay.lost()
    },
  }
}
