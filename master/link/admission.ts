import { LIMITS } from '../../protocol/limits.ts'

/**
 * Who may open one more socket: a token bucket for each network, and a cap on all sockets that have not proved themselves.
 * Where the cap is reached, the network that holds most of it gives one up for a network that holds less: who is many
 * keeps nobody else out.
 */
export class Admission {
  readonly #buckets = new Map<string, { tokens: number; at: number }>()
  /** Ways to end the sockets that have not proved themselves, by network, the oldest first. */
  readonly #unproven = new Map<string, (() => void)[]>()
  #halfOpen = 0

  /** False: refuse. True must be followed by `release` with the same `drop`, which ends the socket at once. */
  admit(address: string, now: number, drop: () => void): boolean {
    const network = networkOf(address)
    if (!this.#takeToken(network, now)) return false
    if (this.#halfOpen >= LIMITS.halfOpenSockets && !this.#makeRoom(network)) return false
    this.#unproven.set(network, [...(this.#unproven.get(network) ?? []), drop])
    this.#halfOpen += 1
    return true
  }

  /** The socket has proved itself or is gone; again is nothing. */
  release(address: string, drop: () => void): void {
    const network = networkOf(address)
    const own = this.#unproven.get(network) ?? []
    const rest = own.filter(other => other !== drop)
    this.#halfOpen -= own.length - rest.length
    if (rest.length === 0) this.#unproven.delete(network)
    else this.#unproven.set(network, rest)
  }

  get halfOpen(): number {
    return this.#halfOpen
  }

  /** Of equals nobody gives way: when all of a fleet come back at once, those that began shall come to their end. */
  #makeRoom(network: string): boolean {
    const held = this.#unproven.get(network)?.length ?? 0
    const [most = []] = [...this.#unproven.values()].sort((a, b) => b.length - a.length)
    const [oldest] = most
    if (oldest === undefined || most.length <= held + 1) return false
    const [of = ''] = [...this.#unproven].find(([, drops]) => drops === most) ?? []
    this.release(of, oldest)
    oldest()
    return true
  }

  #takeToken(network: string, now: number): boolean {
    const bucket = this.#buckets.get(network) ?? { tokens: LIMITS.connectionsBurst, at: now }
    const refilled = bucket.tokens + ((now - bucket.at) / 1000) * LIMITS.connectionsPerSecond
    const tokens = Math.min(LIMITS.connectionsBurst, refilled)
    if (this.#buckets.size > 10_000) this.#forgetFull(now)
    this.#buckets.set(network, { tokens: Math.max(0, tokens - 1), at: now })
    return tokens >= 1
  }

  #forgetFull(now: number): void {
    for (const [network, { tokens, at }] of this.#buckets) {
      if (tokens + ((now - at) / 1000) * LIMITS.connectionsPerSecond >= LIMITS.connectionsBurst)
        this.#buckets.delete(network)
    }
  }
}

/** What one owner holds: an IPv4 address, or the first 64 bits of an IPv6 one. Pure. */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
  if (!plain.includes(':')) return plain
  const [head = '', tail] = plain.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0')
  return [...before, ...zeros, ...after].slice(0, 4).join(':')
}
