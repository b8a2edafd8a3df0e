const LOOK_MS = 1000

/**
 * Calls soon after each full minute of `now`, and at once after the clock was set to another minute, in either direction. A
 * library's timer waits for the minute that it computed: for a day, after the clock was set back by a day (docs/decisions.md).
 * Returns a function that stops it.
 */
export function everyMinute(now: () => number, call: () => void): () => void {
  const minute = (): number => Math.floor(now() / 60_000)
  let last = minute()
  const timer = setInterval(() => {
    if (minute() === last) return
    last = minute()
    call()
  }, LOOK_MS)
  return () => clearInterval(timer)
}
