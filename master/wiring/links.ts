import type { KeyObject } from 'node:crypto'
import { isChannelMessage } from '../../protocol/channel.ts'
import { problemsOf } from '../../protocol/errors.ts'
import type { MinionId } from '../../protocol/ids.ts'
import { LIMITS } from '../../protocol/limits.ts'
import { signOrder } from '../../protocol/order.ts'
import { keyHash } from '../../protocol/signature.ts'
import type { Links, UnsignedOpening, UnsignedOrder } from '../context.ts'
import type { Dispatcher } from '../jobs/dispatcher-port.ts'
import type { KeyStore } from '../keys/key-store.ts'
import type { Announcement, MinionLink } from '../link/minion-link.ts'
import type { Channels } from '../sessions/channels.ts'
import type { Minions } from '../store/tables/minions.ts'

interface Deps {
  readonly fleet: string
  readonly masterKey: KeyObject
  readonly keys: Pick<KeyStore, 'accepted'>
  readonly minions: Minions
  readonly now: () => number
  readonly warn: (message: string, facts: { readonly [name: string]: unknown }) => void
  /** Who acts on what is heard; asked for late, since both know each other. */
  readonly heard: () => Dispatcher
  readonly channels: () => Channels
  /** A minion said hello from this address. */
  readonly arrived: (minion: MinionId, address: string) => void
  /** Answers the question for the boot highstate. */
  readonly boot: (minion: MinionId, bootId: string) => Promise<void>
}

/** The side of the links that the link server fills. */
export interface LiveLinks extends Links {
  add(link: MinionLink): void
  remove(link: MinionLink, reason: string): void
  hear(link: MinionLink, message: Announcement): void
  /** Tells every minion what time it is. */
  tellTime(): void
}

type Unsigned = UnsignedOrder | UnsignedOpening

const PING_MS = 5_000

/** Who is here now. A minion counts as here when it said hello, not when its socket opened. */
export function createLinks(deps: Deps): LiveLinks {
  const { fleet, masterKey, keys, minions, now, warn } = deps
  const opened = new Map<MinionId, MinionLink>()
  const online = new Map<MinionId, MinionLink>()
  const pings = new Map<number, { readonly minion: MinionId; readonly answer: (ms: number | undefined) => void }>()
  let nonce = 0
  const hear = (link: MinionLink, message: Announcement): void => {
    const { minion, fingerprint } = link.peer
    if (isChannelMessage(message)) {
      if (online.get(minion) === link) deps.channels().hear(minion, message)
      return
    }
    const dispatcher = deps.heard()
    switch (message.type) {
      case 'hello': {
        const { bootId, highestSequence, generation } = message
        const has = generation === undefined ? {} : { generation }
        minions.connected({ minion, fingerprint, bootId, highestSequence, ...has, address: link.address })
        deps.arrived(minion, link.address)
        online.set(minion, link)
        dispatcher.hello(minion, message)
        return dispatcher.linkChanged(minion)
      }
      case 'accepted':
        return dispatcher.accepted(minion, message.run)
      case 'refused':
        return dispatcher.refused(minion, message.run, message.problem)
      case 'running':
        return dispatcher.running(minion, message.run, message.states)
      case 'progress':
        return dispatcher.progress(minion, message)
      case 'grains':
        minions.saveGrains(minion, message.grains)
        return
      case 'boot':
        deps.boot(minion, message.bootId).catch((thrown: unknown) => {
          warn('the boot highstate failed', { minion, problems: problemsOf(thrown) })
        })
        return
      case 'pong': {
        // The numbers can be guessed: nobody answers for another.
        const asked = pings.get(message.nonce)
        return asked?.minion === minion ? asked.answer(0) : undefined
      }
      default:
        return message satisfies never
    }
  }
  /** Signs at the moment of delivery, and sends. */
  const deliver = (
    minion: MinionId,
    { sequence, payload, lifetimeMs, ...of }: Unsigned & { readonly lifetimeMs: number },
  ): boolean => {
    const link = online.get(minion)
    const key = keys.accepted(minion)
    if (link === undefined || key === undefined) return false
    const issuedAt = now()
    const common = { fleet, minionKey: keyHash(key.key), sequence, issuedAt, expiresAt: issuedAt + lifetimeMs }
    return link.send(signOrder(masterKey, { ...common, ...of }, payload))
  }
  return {
    isHere: minion => online.has(minion),
    ping: minion => {
      const link = online.get(minion)
      const mine = ++nonce
      const begun = performance.now()
      return new Promise(resolve => {
        const answer = (ms: number | undefined): void => {
          clearTimeout(timer)
          pings.delete(mine)
          resolve(ms === undefined ? undefined : performance.now() - begun)
        }
        const timer = setTimeout(() => answer(undefined), PING_MS)
        pings.set(mine, { minion, answer })
        if (link?.send({ type: 'ping', nonce: mine }) !== true) answer(undefined)
      })
    },
    order: (minion, order) => deliver(minion, { ...order, lifetimeMs: LIMITS.orderLifetimeMs }),
    openChannel: (minion, opening) => deliver(minion, { ...opening, lifetimeMs: LIMITS.openLifetimeMs }),
    tell: (minion, message) => online.get(minion)?.send(message) === true,
    allow: (minion, hashes) => online.get(minion)?.allow(hashes),
    answerBoot(minion, bootId, answer) {
      online.get(minion)?.send({ type: 'boot-answer', bootId, answer })
    },
    disconnect(minion, reason) {
      opened.get(minion)?.close(reason)
    },
    add(link) {
      opened.set(link.peer.minion, link)
    },
    remove(link) {
      const { minion } = link.peer
      if (opened.get(minion) === link) opened.delete(minion)
      if (online.get(minion) !== link) return
      online.delete(minion)
      deps.channels().lost(minion)
      try {
        minions.disconnected(minion)
        deps.heard().linkChanged(minion)
      } catch (thrown) {
        // A full disk must not end the master because a minion went away.
        warn('a lost connection could not be written down', { minion, problems: problemsOf(thrown) })
      }
    },
    hear,
    tellTime() {
      for (const link of opened.values()) link.tellTime()
    },
  }
}
