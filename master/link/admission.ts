import { LIMITS } from '../../protocol/limits.ts'

/** Who may open one more socket: a cap on all that have not proved themselves, and a token bucket for each address. */
export class Admission {
  readonly #buckets = new Map<string, { tokens: number; at: number }>()
  #halfOpen = 0

  /** False: refuse. True must be followed by one `release`. */
  admit(address: string, now: number): boolean {
    if (this.#halfOpen >= LIMITS.halfOpenSockets) return false
    const bucket = this.#buckets.get(address) ?? { tokens: LIMITS.connectionsBurst, at: now }
    const refilled = bucket.tokens + ((now - bucket.at) / 1000) * LIMITS.connectionsPerSecond
    const tokens = Math.min(LIMITS.connectionsBurst, refilled)
    if (this.#buckets.size > 10_000) this.#forgetFull(now)
    this.#buckets.set(address, { tokens: Math.max(0, tokens - 1), at: now })
    if (tokens < 1) return false
    this.#halfOpen += 1
    return true
  }

  /** The socket has proved itself or is gone. */
  release(): void {
    this.#halfOpen -= 1
  }

  get halfOpen(): number {
    return this.#halfOpen
  }

  #forgetFull(now: number): void {
    for (const [address, { tokens, at }] of this.#buckets) {
      if (tokens + ((now - at) / 1000) * LIMITS.connectionsPerSecond >= LIMITS.connectionsBurst)
        this.#buckets.delete(address)
    }
  }
}
