/** How much of a result is shown. */
export interface Show {
  /** `notable`: what changed, failed or may change. `none`: one line for each minion. */
  readonly states: 'notable' | 'all' | 'failed' | 'none'
  readonly diff: 'short' | 'full' | 'none'
  /** So many of the states that took longest. */
  readonly slowest: number
}

/** What an operator typed about it. */
export interface ShowWish {
  readonly verbose: boolean
  readonly brief: boolean
  readonly failed: boolean
  readonly slowest: boolean
  readonly diff?: Show['diff']
}

/** How many states `--slowest` shows. */
export const MOST_SLOW = 10

/** The narrower of two wishes holds; `diff` is what the command shows of diffs unless told otherwise. Pure. */
export function showOf(wish: ShowWish | undefined, diff: Show['diff']): Show {
  if (wish === undefined) return { states: 'notable', diff, slowest: 0 }
  return {
    states: wish.brief ? 'none' : wish.failed ? 'failed' : wish.verbose ? 'all' : 'notable',
    diff: wish.diff ?? diff,
    slowest: wish.slowest ? MOST_SLOW : 0,
  }
}
