/** How long what minions say may hold one turn of the event loop, in milliseconds. */
const SLICE_MS = 15

export interface TurnsDeps {
  /** Milliseconds of a clock that nobody sets. */
  readonly elapsed?: () => number
  /** Puts work off to the end of this turn of the event loop, behind all sockets and timers that are ready. */
  readonly defer?: (work: () => void) => void
  readonly sliceMs?: number
}

/** What one link adds to the queue of all. */
export interface Turn {
  /**
   * Does it at once when nothing waits and this turn of the event loop has time left, else later. Work of one
   * link keeps its order.
   */
  add(work: () => void): void
  /** How much waits. */
  readonly waiting: number
  /** Drops what waits. */
  clear(): void
}

/**
 * Handles what all links say. A thousand sockets can be readable at once, and the event loop reads them all before it looks
 * at its timers and other sockets: handled at once, a thousand reports would delay heartbeats by seconds. Each turn of the
 * event loop handles `sliceMs` worth, one message of each link in rotation.
 */
export class Turns {
  readonly #elapsed: () => number
  readonly #defer: (work: () => void) => void
  readonly #sliceMs: number
  /** Links with waiting work, the next one first. Every link is in it once at most. */
  readonly #ready = new Set<(() => void)[]>()
  #usedMs = 0
  #isDeferred = false

  constructor({ elapsed = () => performance.now(), defer = work => void setImmediate(work), sliceMs }: TurnsDeps = {}) {
    this.#elapsed = elapsed
    this.#defer = defer
    this.#sliceMs = sliceMs ?? SLICE_MS
  }

  /** The part of one link. */
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

  /** One callback for each turn of the event loop in which something was said or waits. */
  #endSlice(): void {
    if (this.#isDeferred) return
    this.#isDeferred = true
    this.#defer(() => {
      this.#isDeferred = false
      this.#usedMs = 0
      for (const queue of this.#ready) {
        // Waiting work needs a turn of its own: what became ready meanwhile is read in between.
        if (this.#usedMs >= this.#sliceMs) break
        this.#ready.delete(queue)
        const work = queue.shift()
        // Behind all others: a Set goes on with what is added while it is iterated.
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
