/** Milliseconds that messages of minions may take in one turn of the event loop. */
const SLICE_MS = 15

export interface TurnsDeps {
  /** Milliseconds of a monotonic clock. */
  readonly elapsed?: () => number
  /** Defers work to the end of this turn of the event loop, after all sockets and timers that are ready. */
  readonly defer?: (work: () => void) => void
  readonly sliceMs?: number
}

/** The part of one link in the shared queue. */
export interface Turn {
  /**
   * Runs work at once when nothing waits and this turn of the event loop has time left, else later. Work of one link stays in
   * order.
   */
  add(work: () => void): void
  /** Number of waiting items. */
  readonly waiting: number
  /** Drops all waiting work. */
  clear(): void
}

/**
 * Schedules the messages of all links. A thousand sockets can be readable at once, and the event loop reads them all before
 * timers and other sockets: handled at once, a thousand reports would delay heartbeats by seconds. Each turn of the event loop
 * handles `sliceMs` worth, one message per link in rotation.
 */
export class Turns {
  readonly #elapsed: () => number
  readonly #defer: (work: () => void) => void
  readonly #sliceMs: number
  /** Links with waiting work, the next one first; each at most once. */
  readonly #ready = new Set<(() => void)[]>()
  #usedMs = 0
  #isDeferred = false

  constructor({ elapsed = () => performance.now(), defer = work => void setImmediate(work), sliceMs }: TurnsDeps = {}) {
    this.#elapsed = elapsed
    this.#defer = defer
    this.#sliceMs = sliceMs ?? SLICE_MS
  }

  /** Creates the queue of one link. */
  of(): Turn {
    const queue: (() => void)[] = []
    return {
      add: work => {
        this.#endSlice()
        if (this.#ready.size === 0 && this.#usedMs < this.#sliceMs) return this.#do(work)
        queue.push(work)
        this.#ready.add(queue)
      },
      get waiting() {
        return queue.length
      },
      clear: () => {
        queue.length = 0
        this.#ready.delete(queue)
      },
    }
  }

  /** Schedules one callback for each turn of the event loop with new or waiting work. */
  #endSlice(): void {
    if (this.#isDeferred) return
    this.#isDeferred = true
    this.#defer(() => {
      this.#isDeferred = false
      this.#usedMs = 0
      for (const queue of this.#ready) {
        // Waiting work gets a turn of its own, so that sockets that are ready meanwhile are read in between.
        if (this.#usedMs >= this.#sliceMs) break
        this.#ready.delete(queue)
        const work = queue.shift()
        // Append behind all others: a Set also iterates over items added during the iteration.
        if (queue.length > 0) this.#ready.add(queue)
        if (work !== undefined) this.#do(work)
      }
      if (this.#ready.size > 0) this.#endSlice()
    })
  }

  #do(work: () => void): void {
    const begun = this.#elapsed()
    try {
      work()
    } finally {
      this.#usedMs += this.#elapsed() - begun
    }
  }
}
