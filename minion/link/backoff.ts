import { LIMITS } from '../../protocol/limits.ts'

/**
 * How long to wait before the next attempt: full jitter, so that a fleet does not come back all at once. `attempt` counts
 * from 0, `random` is from 0 to 1. Pure.
 */
export function reconnectDelayMs(attempt: number, random: number): number {
  const ceiling = Math.min(LIMITS.reconnectCapMs, LIMITS.reconnectBaseMs * 2 ** Math.min(attempt, 16))
  return Math.floor(random * ceiling)
}
