import type { KeyObject } from 'node:crypto'
import { type ChannelToMinion, isChannelMessage } from '../../protocol/channel.ts'
import { problemsOf } from '../../protocol/errors.ts'
import type { MinionId, Sha256 } from '../../protocol/ids.ts'
import { LIMITS } from '../../protocol/limits.ts'
import { signOrder } from '../../protocol/order.ts'
import { keyHash } from '../../protocol/signature.ts'
import type { Links, UnsignedOpening, UnsignedOrder } from '../context.ts'
import type { Dispatcher } from '../jobs/dispatcher-port.ts'
import type { KeyStore } from '../keys/key-store.ts'
import type { Announcement, Hello } from '../link/announcement.ts'
import type { LinkListener, MinionLink } from '../link/minion-link.ts'
import type { Channels } from '../sessions/channels.ts'
import type { Commits } from '../store/commits.ts'
import type { Minions } from '../store/tables/minions.ts'

interface Deps {
  readonly fleet: string
  readonly masterKey: KeyObject
  readonly keys: Pick<KeyStore, 'accepted'>
  readonly minions: Minions
  readonly commits: Pick<Commits, 'add' | 'run'>
  readonly now: () => number
  readonly warn: (message: string, facts: { readonly [name: string]: unknown }) => void
  /** Returns the dispatcher that handles messages; called late, because links and dispatcher refer to each other. */
  readonly heard: () => Dispatcher
  readonly channels: () => Channels
  /** Called when a minion said hello from this address. */
  readonly arrived: (minion: MinionId, address: string) => void
  /** Answers a request for the boot highstate. */
  readonly boot: (minion: MinionId, bootId: string) => Promise<void>
  readonly metrics: { countSession(): void }
}

const PING_MS = 5_000

/** Creates the links of minions that are online. A minion is online once it said hello, not when its socket opened. */
export class LiveLinks implements Links, LinkListener {
  readonly #deps: Deps
  readonly #opened = new Map<MinionId, MinionLink>()
  readonly #online = new Map<MinionId, MinionLink>()
  /** What minions announced that know windows larger than `LIMITS.channelWindowBytes`. */
  readonly #windows = new Map<MinionId, number>()
  /** Links whose hello is being written. */
  readonly #greeting = new Set<MinionLink>()
  readonly #pings = new Map<number, { readonly minion: MinionId; readonly answer: (ms: number | undefined) => void }>()
  #nonce = 0

  constructor(deps: Deps) {
    this.#deps = deps
  }

  add(link: MinionLink): void {
    this.#deps.metrics.countSession()
    this.#opened.set(link.peer.minion, link)
  }

  async greet(link: MinionLink, hello: Hello): Promise<void> {
    const { minions, commits, arrived, heard } = this.#deps
    const { minion, fingerprint } = link.peer
    const { bootId, highestSequence, generation, grains, window } = hello
    const has = generation === undefined ? {} : { generation }
    this.#greeting.add(link)
    await commits.run(() => {
      minions.connected({ minion, fingerprint, bootId, highestSequence, ...has, address: link.address })
      arrived(minion, link.address)
      minions.saveGrains(minion, grains)
    })
    // Lost meanwhile.
    if (!this.#greeting.delete(link)) return
    this.#online.set(minion, link)
    if (window !== undefined) this.#windows.set(minion, window)
    const dispatcher = heard()
    dispatcher.hello(minion, hello)
    dispatcher.linkChanged(minion)
  }

  hear(link: MinionLink, message: Announcement): void {
    const { minion } = link.peer
    if (isChannelMessage(message)) {
      if (this.#online.get(minion) === link) this.#deps.channels().hear(minion, message)
      return
    }
    const { minions, heard, boot, warn } = this.#deps
    const dispatcher = heard()
    switch (message.type) {
      case 'accepted':
        return dispatcher.moves.add({ type: 'run-accepted', minion, run: message.run })
      case 'refused':
        return dispatcher.refused(minion, message.run, message.problem)
      case 'running':
        return dispatcher.moves.add({ type: 'run-running', minion, run: message.run, states: message.states })
      case 'progress':
        return dispatcher.progress(minion, message)
      case 'grains':
        minions.saveGrains(minion, message.grains)
        return
      case 'boot':
        boot(minion, message.bootId).catch((thrown: unknown) => {
          warn('the boot highstate failed', { minion, problems: problemsOf(thrown) })
        })
        return
      case 'pong': {
        // The numbers can be guessed: a minion must not answer for another one.
        const asked = this.#pings.get(message.nonce)
        return asked?.minion === minion ? asked.answer(0) : undefined
      }
      default:
        return message satisfies never
    }
  }

  remove(link: MinionLink): void {
    const { minions, commits, channels, heard, warn } = this.#deps
    const { minion } = link.peer
    if (this.#opened.get(minion) === link) this.#opened.delete(minion)
    const wasGreeting = this.#greeting.delete(link)
    const wasOnline = this.#online.get(minion) === link
    if (!wasGreeting && !wasOnline) return
    if (wasOnline) {
      this.#online.delete(minion)
      this.#windows.delete(minion)
      channels().lost(minion)
    }
    commits.add(
      () => minions.disconnected(minion),
      result => {
        try {
          result()
        } catch (thrown) {
          // A full disk must not end the master because a minion disconnected.
          warn('a lost connection could not be stored', { minion, problems: problemsOf(thrown) })
        }
      },
    )
    if (wasOnline) heard().linkChanged(minion)
  }

  roundTripMs(minion: MinionId): number | undefined {
    return this.#online.get(minion)?.roundTripMs
  }

  largestWindow(minion: MinionId): number {
    return this.#windows.get(minion) ?? LIMITS.channelWindowBytes
  }

  isOnline(minion: MinionId): boolean {
    return this.#online.has(minion)
  }

  ping(minion: MinionId): Promise<number | undefined> {
    const link = this.#online.get(minion)
    const mine = ++this.#nonce
    const begun = performance.now()
    return new Promise(resolve => {
      const answer = (ms: number | undefined): void => {
        clearTimeout(timer)
        this.#pings.delete(mine)
        resolve(ms === undefined ? undefined : performance.now() - begun)
      }
      const timer = setTimeout(() => answer(undefined), PING_MS)
      this.#pings.set(mine, { minion, answer })
      if (link?.send({ type: 'ping', nonce: mine }) !== true) answer(undefined)
    })
  }

  order(minion: MinionId, { sequence, payload, ...of }: UnsignedOrder | UnsignedOpening): boolean {
    const { fleet, masterKey, keys, now } = this.#deps
    const link = this.#online.get(minion)
    const key = keys.accepted(minion)
    if (link === undefined || key === undefined) return false
    const issuedAt = now()
    const expiresAt = issuedAt + ('session' in of ? LIMITS.openLifetimeMs : LIMITS.orderLifetimeMs)
    const body = { fleet, minionKey: keyHash(key.key), sequence, issuedAt, expiresAt, ...of }
    return link.send(signOrder(masterKey, body, payload))
  }

  tell(minion: MinionId, message: ChannelToMinion): boolean {
    return this.#online.get(minion)?.send(message) === true
  }

  allow(minion: MinionId, hashes: readonly Sha256[]): void {
    this.#online.get(minion)?.allow(hashes)
  }

  answerBoot(minion: MinionId, bootId: string, answer: 'order' | 'nothing' | 'cached'): void {
    this.#online.get(minion)?.send({ type: 'boot-answer', bootId, answer })
  }

  disconnect(minion: MinionId, reason: string): void {
    this.#opened.get(minion)?.close(reason)
  }

  /** Sends the time to every minion. */
  tellTime(): void {
    for (const link of this.#opened.values()) link.tellTime()
  }
}
