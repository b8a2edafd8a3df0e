import { LIMITS } from '../../protocol/limits.ts'

/**
 * Delay before the next attempt in milliseconds, with full jitter so that a fleet does not reconnect all at once. `attempt`
 * counts from 0, `random` is between 0 and 1. Pure.
 */
export function reconnectDelayMs(attempt: number, random: number, capMs: number = LIMITS.reconnectCapMs): number {
  const ceiling = Math.min(capMs, LIMITS.reconnectBaseMs * 2 ** Math.min(attempt, 16))
  return Math.floor(random * ceiling)
}

/** Highest attempt counted while the port is closed: the first failure after that is retried within 4 s. */
const REFUSED_COUNTS_TO = 3

/**
 * Decides when a minion reconnects. A closed port means that the master is restarting, and attempts cost it nothing: for the
 * first minute the delays stay short, so the minion is back within 2 s. Any other failure can mean an overloaded master and
 * backs off in full.
 */
export class Reconnects {
  readonly #elapsed: () => number
  readonly #random: () => number
  #attempt = 0
  #lostAt: number

  /** `elapsed` returns monotonic milliseconds; `random` is between 0 and 1. */
  constructor(elapsed: () => number, random: () => number) {
    this.#elapsed = elapsed
    this.#random = random
    this.#lostAt = elapsed()
  }

  /** The link was lost: returns milliseconds until the first attempt. */
  lost(): number {
    this.#attempt = 0
    this.#lostAt = this.#elapsed()
    return reconnectDelayMs(0, this.#random())
  }

  /** An attempt failed: returns milliseconds until the next one. */
  failed(how: { readonly nobodyListens: boolean }): number {
    const isRestart = how.nobodyListens && this.#elapsed() - this.#lostAt < LIMITS.restartMs
    const attempt = this.#attempt
    this.#attempt = isRestart ? Math.max(attempt, Math.min(attempt + 1, REFUSED_COUNTS_TO)) : attempt + 1
    return reconnectDelayMs(attempt, this.#random(), isRestart ? LIMITS.restartCapMs : LIMITS.reconnectCapMs)
  }
}

/** True when a connection failed because its port is closed at every address of the host. Pure. */
export function nobodyListens(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false
  if (thrown instanceof AggregateError) return thrown.errors.length > 0 && thrown.errors.every(nobodyListens)
  return (thrown as NodeJS.ErrnoException).code === 'ECONNREFUSED' || nobodyListens(thrown.cause)
}
