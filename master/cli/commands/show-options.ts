import { MOST_SLOW, type ShowWish } from '../render/result/show.ts'
import { choice, flag } from './options.ts'

const DIFFS = ['short', 'full', 'none'] as const

/** Options that control how much of a result is shown; parsed into the view of the result. */
export const SHOW_OPTIONS = {
  verbose: flag('-v, --verbose', 'show all states, also unchanged and skipped ones'),
  brief: flag('--brief', 'show one line for each minion, equal ones merged, and why it failed'),
  failed: flag('--failed', 'show only what failed'),
  diff: choice('--diff <how>', 'show diffs in short, in full, or not at all', DIFFS),
  noDiff: flag('--no-diff', 'show no diffs'),
  slowest: flag('--slowest', 'also show the ten states that took longest'),
}

/** Reads these options from the parsed command line. Pure. */
export function showWishOf(typed: { readonly [name: string]: unknown }): ShowWish {
  const { verbose, brief, failed, diff, slowest } = typed
  const how = diff === false ? 'none' : DIFFS.find(one => one === diff)
  return {
    verbose: verbose === true,
    brief: brief === true,
    failed: failed === true,
    slowest: slowest === true,
    ...(how === undefined ? {} : { diff: how }),
  }
}

/** What these options need of a result besides what is always in it. Pure. */
export function wantedOf({ verbose, slowest }: Pick<ShowWish, 'verbose' | 'slowest'>): {
  readonly unchanged?: true
  readonly slowest?: number
} {
  return { ...(verbose ? { unchanged: true } : {}), ...(slowest ? { slowest: MOST_SLOW } : {}) }
}
