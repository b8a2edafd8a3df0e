/** The clock of the master as this minion reckons it. It does not look at the clock of this host, which anybody may set. */
export interface MasterClock {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** The master said what time it is; a message is never here before it was sent, and may have been on its way for long. */
  reported(masterMs: number): void
}

/** Two messages say the same about a clock that was set back when they differ by less than this. */
const AGREE_MS = 500
/** And were sent at least so far apart: messages that waited together, as for a stopped process, agree on nothing. */
const APART_MS = 1000

/**
 * Starts with the time of the handshake and follows what the master says. A later time holds at once. An earlier one may only
 * have been late: it holds when the next message is as late. `elapsed`: milliseconds of a clock that nobody sets.
 */
export function createMasterClock(handshakeMs: number, elapsed: () => number): MasterClock {
  /** What is to be added to `elapsed`. */
  let offset = handshakeMs - elapsed()
  let behind: { readonly at: number; readonly by: number } | undefined
  const now = (): number => elapsed() + offset
  return {
    now,
    reported(masterMs) {
      const by = now() - masterMs
      if (by <= 0) {
        offset -= by
        behind = undefined
        return
      }
      const isSame = behind !== undefined && masterMs - behind.at >= APART_MS && Math.abs(by - behind.by) < AGREE_MS
      if (!isSame || behind === undefined) {
        behind = { at: masterMs, by }
        return
      }
      // Of the two, the one that was on its way for a shorter time says more.
      offset -= Math.min(by, behind.by)
      behind = undefined
    },
  }
}
