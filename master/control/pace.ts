import { setImmediate as nextTurn } from 'node:timers/promises'

/** How long one piece of work may hold the event loop before links, timers and other verbs get their turn. */
const SLICE_MS = 15

/**
 * For loops over many minions: `await pace()` after each one lets everything else go on whenever this loop has held the
 * event loop for `sliceMs`. `elapsed` is milliseconds of a clock that nobody sets.
 */
export function createPace(sliceMs = SLICE_MS, elapsed: () => number = () => performance.now()): () => Promise<void> {
  let begun = elapsed()
  return async () => {
    if (elapsed() - begun < sliceMs) return
    await nextTurn()
    begun = elapsed()
  }
}
