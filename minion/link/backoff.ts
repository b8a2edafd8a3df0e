import { LIMITS } from '../../protocol/limits.ts'

/**
 * How long to wait before the next attempt, in milliseconds: full jitter, so that a fleet does not come back all at once.
 * `attempt` counts from 0, `random` is from 0 to 1. Pure.
 */
export function reconnectDelayMs(attempt: number, random: number, capMs: number = LIMITS.reconnectCapMs): number {
  const ceiling = Math.min(capMs, LIMITS.reconnectBaseMs * 2 ** Math.min(attempt, 16))
  return Math.floor(random * ceiling)
}

/** Attempts while nobody listens count up to this one only: the first failure after them is retried within 4 s. */
const REFUSED_COUNTS_TO = 3

/**
 * When a minion tries again. While nobody listens at the port the master is being restarted: an attempt costs it nothing, so
 * for the first minute the delays stay short and the minion is back within 2 s. Any other failure may mean an overloaded
 * master, and backs off in full.
 */
export class Reconnects {
  readonly #elapsed: () => number
  readonly #random: () => number
  #attempt = 0
  #lostAt: number

  /** `elapsed` gives milliseconds and never goes back; `random` is from 0 to 1. */
  constructor(elapsed: () => number, random: () => number) {
    this.#elapsed = elapsed
    this.#random = random
    this.#lostAt = elapsed()
  }

  /** The link was there and is lost: milliseconds until the first attempt. */
  lost(): number {
    this.#attempt = 0
    this.#lostAt = this.#elapsed()
    return reconnectDelayMs(0, this.#random())
  }

  /** An attempt failed: milliseconds until the next one. */
  failed(how: { readonly nobodyListens: boolean }): number {
    const isRestart = how.nobodyListens && this.#elapsed() - this.#lostAt < LIMITS.restartMs
    const attempt = this.#attempt
    this.#attempt = isRestart ? Math.max(attempt, Math.min(attempt + 1, REFUSED_COUNTS_TO)) : attempt + 1
    return reconnectDelayMs(attempt, this.#random(), isRestart ? LIMITS.restartCapMs : LIMITS.reconnectCapMs)
  }
}

/** Whether a connection failed because its port is closed, at each address of the host. Pure. */
export function nobodyListens(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false
  if (thrown instanceof AggregateError) return thrown.errors.length > 0 && thrown.errors.every(nobodyListens)
  return (thrown as NodeJS.ErrnoException).code === 'ECONNREFUSED' || nobodyListens(thrown.cause)
}
