import { LIMITS } from '../../protocol/limits.ts'
import { networkOf, sourceOf } from '../keys/source.ts'
import { TokenBuckets } from './token-buckets.ts'

/** Progress of a socket: nothing received, TLS incomplete, key not proved. */
const STANDINGS = ['silent', 'tls', 'proof'] as const
export type Standing = (typeof STANDINGS)[number]

/** A socket that was just accepted. */
export interface Arrival {
  /** Remote address; empty when the socket is closed already. */
  readonly address: string
  /** Milliseconds. */
  readonly at: number
  readonly standing: () => Standing
  /** Ends the socket at once. */
  readonly drop: () => void
}

/** Under pressure, a socket that is still at this stage after this time (in milliseconds) can be dropped for a new one. */
const PATIENCE_MS: { readonly [standing in Standing]: number } = { silent: 250, tls: 1000, proof: 3000 }

interface Held extends Arrival {
  readonly source: string
  readonly network: string
  readonly isKnown: boolean
  /** Its source connects repeatedly within a few seconds. */
  readonly isPushy: boolean
}

/** A source with less of its rate left is pushy. A refused minion backs off, so it never is. */
const PUSHY_BELOW = 0.75

/**
 * Decides who may open another socket: rates per source and network, and a limit on sockets that have not proved a key. Half of
 * that limit is reserved for known sources, which are exempt from the rates. When a limit is reached, the oldest socket without
 * progress is dropped, else a silent one of a source that connects repeatedly, else one of the source that holds most.
 */
export class Admission {
  readonly #isKnown: (source: string) => boolean
  readonly #most: number
  readonly #sources = new TokenBuckets({ burst: LIMITS.connectionsBurst, perSecond: LIMITS.connectionsPerSecond })
  readonly #networks = new TokenBuckets({ burst: LIMITS.networkBurst, perSecond: LIMITS.networkPerSecond })
  /** Oldest first. */
  readonly #held = new Map<Arrival, Held>()

  /**
   * `isKnown`: a key was proved from this source within the last 30 days. `halfOpen`: maximum number of sockets without a
   * proof.
   */
  constructor(isKnown: (source: string) => boolean, halfOpen: number = LIMITS.halfOpenSockets) {
    this.#isKnown = isKnown
    this.#most = halfOpen
  }

  /** Returns false to refuse. After true, call `release` with the same arrival. */
  admit(arrival: Arrival): boolean {
    const source = sourceOf(arrival.address)
    const isPushy = this.#sources.fullness(source, arrival.at) < PUSHY_BELOW
    const network = networkOf(arrival.address)
    const one: Held = { ...arrival, source, network, isPushy, isKnown: this.#isKnown(source) }
    if (!one.isKnown && !this.#sources.take(source, one.at)) return false
    if (!one.isKnown && !this.#networks.take(one.network, one.at)) return false
    if (!this.#hasRoom(one)) return false
    this.#held.set(arrival, one)
    return true
  }

  /** Releases a socket that has proved its key or is closed; does nothing the second time. */
  release(arrival: Arrival): void {
    this.#held.delete(arrival)
  }

  get halfOpen(): number {
    return this.#held.size
  }

  #hasRoom(one: Held): boolean {
    const all = [...this.#held.entries()]
    const strangers = all.filter(([, { isKnown }]) => !isKnown)
    const neighbours = strangers.filter(([, { network }]) => network === one.network)
    const limits: readonly (readonly [typeof all, number])[] = one.isKnown
      ? [[all, this.#most]]
      : [
          [neighbours, LIMITS.networkHalfOpenSockets],
          [strangers, this.#most / 2],
          [all, this.#most],
        ]
    const [full] = limits.find(([held, most]) => held.length >= most) ?? []
    return full === undefined || this.#makeRoom(one, full)
  }

  #makeRoom(one: Held, full: readonly (readonly [Arrival, Held])[]): boolean {
    const pushy = one.isPushy ? undefined : full.find(([, other]) => other.isPushy && other.standing() === 'silent')
    const [arrival] = idlest(full, one.at) ?? pushy ?? ofTheLargest(full, one.source) ?? []
    if (arrival === undefined) return false
    this.release(arrival)
    arrival.drop()
    return true
  }
}

type Entry = readonly [Arrival, Held]

function idlest(held: readonly Entry[], now: number): Entry | undefined {
  for (const standing of STANDINGS) {
    const idle = held.find(([, one]) => one.standing() === standing && now - one.at >= PATIENCE_MS[standing])
    if (idle !== undefined) return idle
  }
  return undefined
}

/**
 * Finds the oldest socket of the largest source. Among equal sources, none is dropped: when a whole fleet reconnects at once,
 * connections already begun can complete.
 */
function ofTheLargest(held: readonly Entry[], source: string): Entry | undefined {
  const counts = new Map<string, number>()
  for (const [, one] of held) counts.set(one.source, (counts.get(one.source) ?? 0) + 1)
  const [largest, count = 0] = [...counts].sort(([, a], [, b]) => b - a)[0] ?? []
  if (count <= (counts.get(source) ?? 0) + 1) return undefined
  return held.find(([, one]) => one.source === largest)
}
