import { setImmediate as nextTurn } from 'node:timers/promises'

/** Maximum time that one task holds the event loop before links, timers and other verbs get their turn. */
const SLICE_MS = 15

/**
 * Creates a pause for loops over many minions: `await pace()` after each one yields when the loop has held the event loop for
 * `sliceMs`. `elapsed` is a monotonic clock in milliseconds.
 */
export function createPace(sliceMs = SLICE_MS, elapsed: () => number = () => performance.now()): () => Promise<void> {
  let begun = elapsed()
  return async () => {
    if (elapsed() - begun < sliceMs) return
    await nextTurn()
    begun = elapsed()
  }
}
