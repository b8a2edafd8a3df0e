const FIRST_MS = 30_000
const LONGEST_MS = 3_600_000

/** Computes the delay after that many failed attempts: half a minute, doubled each time, at most an hour. Pure. */
export function retryDelayMs(attempts: number): number {
  return Math.min(FIRST_MS * 2 ** Math.max(0, attempts - 1), LONGEST_MS)
}
