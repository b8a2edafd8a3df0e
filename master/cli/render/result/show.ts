/** How much of a result is wanted. */
export interface Show {
  /** `notable`: what changed, failed or may change. `none`: one line for each minion. */
  readonly states: 'notable' | 'all' | 'failed' | 'none'
  readonly diff: 'short' | 'full' | 'none'
  /** Also the states that took longest. */
  readonly slowest: boolean
}

export const USUAL: Show = { states: 'notable', diff: 'short', slowest: false }
