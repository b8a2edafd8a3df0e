import { LIMITS } from '../../protocol/limits.ts'

/** Sessions of one operator's stream, and of one minion, that can have a wide window at the same time. */
export const WIDE_SESSIONS = 8
/** What may be on the way for each millisecond of the round trip: 128 MiB/s. */
const BYTES_PER_MS = 128 * 1024

export interface WindowFacts {
  /** Largest windows that the operator's side and the minion announced. */
  readonly operator: number
  readonly minion: number
  /** Shortest round trip to the minion so far; undefined when none was measured yet. */
  readonly roundTripMs: number | undefined
  /** Sessions of this stream. */
  readonly sessions: number
  /** Open sessions of the minion. */
  readonly ofMinion: number
}

/**
 * Returns the window of each stream of a session. It follows the round trip, because a window that is larger than the path needs
 * costs CPU time. A side that does not read leaves one window of each stream in this process, so only few sessions get a wide
 * one, and the more of them the smaller. Pure.
 */
export function windowOf({ operator, minion, roundTripMs = 0, sessions, ofMinion }: WindowFacts): number {
  const sharing = Math.max(sessions, ofMinion + 1)
  if (sharing > WIDE_SESSIONS) return LIMITS.channelWindowBytes
  const needed = Math.max(LIMITS.wideWindowBytes, Math.ceil(roundTripMs * BYTES_PER_MS))
  const most = Math.floor(LIMITS.largestWindowBytes / sharing)
  return Math.max(LIMITS.channelWindowBytes, Math.min(needed, most, operator, minion))
}
