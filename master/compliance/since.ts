import type { PastRun } from './facts.ts'

/**
 * When a state was first seen wrong, without being right in between: the oldest run of the unbroken row of runs, from the
 * newest back, in which it was. `history` has the newest first. Pure.
 */
export function wrongSince(history: readonly PastRun[], key: string): string | undefined {
  let since: string | undefined
  for (const run of history) {
    if (!run.wrong.has(key)) return since
    since = run.at
  }
  return since
}
