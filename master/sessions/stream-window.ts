import { LIMITS } from '../../protocol/limits.ts'

/** Sessions of one operator's stream, and of one minion, that can have a wide window at the same time. */
export const WIDE_SESSIONS = 16

export interface WindowFacts {
  /** Largest windows that the operator's side and the minion announced. */
  readonly operator: number
  readonly minion: number
  /** Sessions of this stream. */
  readonly sessions: number
  /** Open sessions of the minion. */
  readonly ofMinion: number
}

/**
 * Returns the window of each stream of a session. A side that does not read leaves one window of each stream in this process, so
 * only few sessions get a wide one. Pure.
 */
export function windowOf({ operator, minion, sessions, ofMinion }: WindowFacts): number {
  const isFew = sessions <= WIDE_SESSIONS && ofMinion < WIDE_SESSIONS
  const most = isFew ? LIMITS.wideWindowBytes : LIMITS.channelWindowBytes
  return Math.max(LIMITS.channelWindowBytes, Math.min(most, operator, minion))
}
