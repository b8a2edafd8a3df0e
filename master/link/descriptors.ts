import { readFileSync } from 'node:fs'

/**
 * File descriptors of this process. Anyone who can connect could use them up, and then no operator socket, store or fleet file
 * could be opened. Minions get what remains after this reserve.
 */

const LEAST_RESERVE = 80
const MOST_RESERVE = 1024

/**
 * Returns how many file descriptors this process may open (RLIMIT_NOFILE); undefined where the limit is unknown or there is
 * none.
 */
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

/** Returns how many minion sockets may be open at once; a quarter of all descriptors, from 80 to 1024, is reserved. Pure. */
export function mostLinkSockets(limit: number | undefined): number {
  if (limit === undefined) return Number.POSITIVE_INFINITY
  const reserve = Math.min(MOST_RESERVE, Math.max(LEAST_RESERVE, Math.floor(limit / 4)))
  return Math.max(8, limit - reserve)
}
