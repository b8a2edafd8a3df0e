/** A timer may be so late on a program that is not held up. */
const TOLERANCE_MS = 1_000
/** So often in a row a late program gives its peer another heartbeat; then the peer counts as dead all the same. */
const EXCUSES = 5

/**
 * Tells a silent peer from a program that was held up itself. After a stall timers run before sockets are read, so what the
 * peer sent meanwhile has not been seen yet: a busy master would end all its links, and a busy minion its only one.
 */
export class OwnDelay {
  readonly #elapsed: () => number
  #since: number
  #excuses = 0

  /** `elapsed`: milliseconds of a clock that nobody sets. */
  constructor(elapsed: () => number) {
    this.#elapsed = elapsed
    this.#since = elapsed()
  }

  /** A timer was set, or the peer was heard. */
  begin(): void {
    this.#since = this.#elapsed()
    this.#excuses = 0
  }

  /** The timer that was set for `plannedMs` fired: true when it is so late that the peer must not be judged by it. */
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
