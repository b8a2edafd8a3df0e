/** Milliseconds since 1970 by a clock that is never set back: what is recorded has durations. */
export function steadyNow(): number {
  return performance.timeOrigin + performance.now()
}
