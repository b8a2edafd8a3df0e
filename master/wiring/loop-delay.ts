const SECOND_MS = 1000
const KEPT = 60

/** Measures how late the event loop runs what is due every second: a master with more work than it can do runs it late. */
export class LoopDelay {
  readonly #elapsed: () => number
  readonly #delays: number[] = []
  #last: number

  /** `elapsed`: monotonic clock, in milliseconds. */
  constructor(elapsed: () => number) {
    this.#elapsed = elapsed
    this.#last = elapsed()
  }

  /** Called every second. */
  look(): void {
    const now = this.#elapsed()
    this.#delays.push(Math.max(0, now - this.#last - SECOND_MS))
    this.#last = now
    if (this.#delays.length > KEPT) this.#delays.shift()
  }

  /** The longest delay of the last minute, in milliseconds. */
  longestMs(): number {
    return Math.max(0, ...this.#delays)
  }
}
