/** How often something may happen: at once, and per second afterwards. */
export interface Rate {
  readonly burst: number
  readonly perSecond: number
}

/** One bucket of tokens for each key. Remembers at most `most` keys; the one that was used least recently goes first. */
export class TokenBuckets {
  readonly #rate: Rate
  readonly #most: number
  readonly #buckets = new Map<string, { readonly tokens: number; readonly at: number }>()

  constructor(rate: Rate, most = 10_000) {
    this.#rate = rate
    this.#most = most
  }

  /** False, and nothing is taken, without `cost` tokens. `now` is milliseconds; a clock set back refills nothing. */
  take(key: string, now: number, cost = 1): boolean {
    const tokens = this.#tokens(key, now)
    const enough = tokens >= cost
    this.#keep(key, enough ? tokens - cost : tokens, now)
    return enough
  }

  /** Takes them in any case, below zero as well: for what is known only after it has happened. */
  charge(key: string, now: number, cost: number): void {
    this.#keep(key, this.#tokens(key, now) - cost, now)
  }

  /** Milliseconds until there are `cost` tokens; 0: now. */
  waitMs(key: string, now: number, cost = 1): number {
    return Math.max(0, ((cost - this.#tokens(key, now)) / this.#rate.perSecond) * 1000)
  }

  /** Between 0 and 1; less than 0 when more was charged than there was. */
  fullness(key: string, now: number): number {
    return this.#tokens(key, now) / this.#rate.burst
  }

  get size(): number {
    return this.#buckets.size
  }

  #tokens(key: string, now: number): number {
    const bucket = this.#buckets.get(key)
    if (bucket === undefined) return this.#rate.burst
    const refilled = (Math.max(0, now - bucket.at) / 1000) * this.#rate.perSecond
    return Math.min(this.#rate.burst, bucket.tokens + refilled)
  }

  #keep(key: string, tokens: number, now: number): void {
    this.#buckets.delete(key)
    this.#buckets.set(key, { tokens, at: now })
    const [oldest] = this.#buckets.keys()
    if (this.#buckets.size > this.#most && oldest !== undefined) this.#buckets.delete(oldest)
  }
}
