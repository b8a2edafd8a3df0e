/** The time of the master in the heartbeats of the link: milliseconds since 1970 as digits. Older masters send none. */

export function clockText(nowMs: number): string {
  return String(Math.trunc(nowMs))
}

/** undefined: it says no time. Pure. */
export function clockOf(data: Uint8Array): number | undefined {
  const text = Buffer.from(data).toString('latin1')
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
