/** How late a timer can be in a program that is not stalled. */
const TOLERANCE_MS = 1_000
/** How often in a row a late program gives its peer another heartbeat before the peer counts as dead. */
const EXCUSES = 5

/**
 * Distinguishes a silent peer from a stall of this program. After a stall, timers run before sockets are read, so messages that
 * arrived meanwhile were not seen yet: a busy master would close all its links, and a busy minion its only one.
 */
export class OwnDelay {
  readonly #elapsed: () => number
  #since: number
  #excuses = 0

  /** `elapsed`: monotonic clock, in milliseconds. */
  constructor(elapsed: () => number) {
    this.#elapsed = elapsed
    this.#since = elapsed()
  }

  /** Called when a timer is set or a message arrives. */
  begin(): void {
    this.#since = this.#elapsed()
    this.#excuses = 0
  }

  /** Called when the timer for `plannedMs` fires; true when it is so late that it says nothing about the peer. */
  excuses(plannedMs: number): boolean {
    const took = this.#elapsed() - this.#since
    this.#since = this.#elapsed()
    const isLate = took - plannedMs > TOLERANCE_MS
    if (!isLate) this.#excuses = 0
    if (!isLate || this.#excuses >= EXCUSES) return false
    this.#excuses += 1
    return true
  }
}
