import { readFileSync } from 'node:fs'

/**
 * File descriptors of this process: whoever can connect can use them up, and then neither an operator's socket nor the store nor a
 * file of the fleet can be opened. Minions get what is left after a reserve.
 */

const LEAST_RESERVE = 80
const MOST_RESERVE = 1024

/** How many this process may have open (RLIMIT_NOFILE); undefined where the system does not say or has no limit. */
export function descriptorLimit(read: () => string = ownLimits): number | undefined {
  try {
    const [, soft] = /^Max open files +(\d+)/m.exec(read()) ?? []
    return soft === undefined ? undefined : Number(soft)
  } catch {
    return undefined
  }
}

function ownLimits(): string {
  return readFileSync('/proc/self/limits', 'utf8')
}

/** How many sockets of minions may be open at once: a quarter of all descriptors, and at least 80, is kept for the rest. Pure. */
export function mostLinkSockets(limit: number | undefined): number {
  if (limit === undefined) return Number.POSITIVE_INFINITY
  const reserve = Math.min(MOST_RESERVE, Math.max(LEAST_RESERVE, Math.floor(limit / 4)))
  return Math.max(8, limit - reserve)
}
