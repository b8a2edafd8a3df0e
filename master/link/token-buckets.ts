/** How often something may happen: a burst, and a rate per second afterwards. */
export interface Rate {
  readonly burst: number
  readonly perSecond: number
}

/** Token buckets by key. Holds at most `most` keys and drops the least recently used one first. */
export class TokenBuckets {
  readonly #rate: Rate
  readonly #most: number
  readonly #buckets = new Map<string, { readonly tokens: number; readonly at: number }>()

  constructor(rate: Rate, most = 10_000) {
    this.#rate = rate
    this.#most = most
  }

  /**
   * Takes `cost` tokens; false, and takes nothing, when there are fewer. `now` is milliseconds; a clock that is set back
   * refills nothing.
   */
  take(key: string, now: number, cost = 1): boolean {
    const tokens = this.#tokens(key, now)
    const enough = tokens >= cost
    this.#keep(key, enough ? tokens - cost : tokens, now)
    return enough
  }

  /** Takes tokens in any case, even below zero, for costs that are known only afterwards. */
  charge(key: string, now: number, cost: number): void {
    this.#keep(key, this.#tokens(key, now) - cost, now)
  }

  /** Returns the milliseconds until there are `cost` tokens; 0 means now. */
  waitMs(key: string, now: number, cost = 1): number {
    return Math.max(0, ((cost - this.#tokens(key, now)) / this.#rate.perSecond) * 1000)
  }

  /** Returns the fill level between 0 and 1; negative when more was charged than available. */
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
    if (this.#buckets.size <= this.#most) return
    // Only now: the first key of a Map is behind the gaps of all that were deleted before it.
    const [oldest] = this.#buckets.keys()
    if (oldest !== undefined) this.#buckets.delete(oldest)
  }
}
