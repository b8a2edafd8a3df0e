/** The master's clock as estimated by this minion. Independent of the clock of this host, which can be set at any time. */
export interface MasterClock {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Takes a time sent by the master. A message can be delayed for long, but never arrives before it was sent. */
  reported(masterMs: number): void
}

/** Two messages agree that the clock was set back when they differ by less than this. */
const AGREE_MS = 500
/**
 * They must also be sent at least this far apart: messages that were delayed together, for example by a stopped process, prove
 * nothing.
 */
const APART_MS = 1000

/**
 * Starts with the time of the handshake and follows the times the master sends. A later time applies at once. An earlier one
 * can be due to a delay, so it applies only when the next message confirms it. `elapsed`: monotonic clock, in milliseconds.
 */
export function createMasterClock(handshakeMs: number, elapsed: () => number): MasterClock {
  /** Added to `elapsed`. */
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
      // Of the two, the message that was delayed less is more accurate.
      offset -= Math.min(by, behind.by)
      behind = undefined
    },
  }
}
