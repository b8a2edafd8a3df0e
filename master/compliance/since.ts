import type { PastRun } from './facts.ts'

/**
 * Finds when a state became noncompliant: the oldest run of the unbroken sequence, from the newest back, in which it was.
 * `history` has the newest first. Pure.
 */
export function wrongSince(history: readonly PastRun[], key: string): string | undefined {
  let since: string | undefined
  for (const run of history) {
    if (!run.wrong.has(key)) return since
    since = run.at
  }
  return since
}
