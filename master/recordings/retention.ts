/** How long recordings are kept. */
export interface RetentionRule {
  readonly ageMs: number
  /** Total of all recordings. */
  readonly bytes: number
}

/** A recording on disk. */
export interface KeptRecording {
  readonly session: string
  readonly bytes: number
  /** When it was last written. */
  readonly atMs: number
}

export interface Expired {
  readonly session: string
  readonly why: 'age' | 'bytes'
}

/**
 * Selects recordings to remove: those that are too old, then the oldest until the rest is small enough. A recording in progress
 * is never removed, but its bytes count. Pure.
 */
export function expiredRecordings(
  kept: readonly KeptRecording[],
  rule: RetentionRule,
  running: ReadonlySet<string>,
  nowMs: number,
): readonly Expired[] {
  const ended = kept.filter(({ session }) => !running.has(session)).sort((a, b) => a.atMs - b.atMs)
  let total = kept.reduce((sum, { bytes }) => sum + bytes, 0)
  return ended.flatMap(({ session, bytes, atMs }): readonly Expired[] => {
    const isOld = nowMs - atMs > rule.ageMs
    if (!isOld && total <= rule.bytes) return []
    total -= bytes
    return [{ session, why: isOld ? 'age' : 'bytes' }]
  })
}
