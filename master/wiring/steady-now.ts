/** Returns milliseconds since 1970 from a clock that is never set back, because recordings contain durations. */
export function steadyNow(): number {
  return performance.timeOrigin + performance.now()
}
