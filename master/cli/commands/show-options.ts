import type { ShowWish } from '../render/result/show.ts'
import { choice, flag } from './options.ts'

const DIFFS = ['short', 'full', 'none'] as const

/** How much of a result is shown: read into the view of the answer. */
export const SHOW_OPTIONS = {
  verbose: flag('-v, --verbose', 'show all states, also unchanged and skipped ones'),
  brief: flag('--brief', 'show one line for each minion and nothing else'),
  failed: flag('--failed', 'show only what failed'),
  diff: choice('--diff <how>', 'show diffs in short, in full, or not at all', DIFFS),
  noDiff: flag('--no-diff', 'show no diffs'),
  slowest: flag('--slowest', 'also show the ten states that took longest'),
}

/** What was typed of these options. Pure. */
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
