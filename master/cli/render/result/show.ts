/** How much of a result to show. */
export interface Show {
  /** `notable`: what changed, failed or may change. `none`: only one line per minion. */
  readonly states: 'notable' | 'all' | 'failed' | 'none'
  readonly diff: 'short' | 'full' | 'none'
  /** Number of slowest states to show. */
  readonly slowest: number
  /** Also what was skipped: what a run about orphans cannot remove. */
  readonly skipped?: boolean
}

/** Display options typed by the operator. */
export interface ShowWish {
  readonly verbose: boolean
  readonly brief: boolean
  readonly failed: boolean
  readonly slowest: boolean
  readonly diff?: Show['diff']
}

/** Number of states that `--slowest` shows. */
export const MOST_SLOW = 10

/**
 * Computes how much to show; of several options, the most restrictive one wins. `diff` is the command's default for diffs.
 * Pure.
 */
export function showOf(wish: ShowWish | undefined, diff: Show['diff']): Show {
  if (wish === undefined) return { states: 'notable', diff, slowest: 0 }
  return {
    states: wish.brief ? 'none' : wish.failed ? 'failed' : wish.verbose ? 'all' : 'notable',
    diff: wish.diff ?? diff,
    slowest: wish.slowest ? MOST_SLOW : 0,
  }
}
