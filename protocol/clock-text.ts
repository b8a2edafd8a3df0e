/** Formats the master's time for heartbeats of the link: milliseconds since 1970 as digits. Older masters send none. */

export function clockText(nowMs: number): string {
  return String(Math.trunc(nowMs))
}

/** Parses the time in a heartbeat; undefined when it has none. Pure. */
export function clockOf(data: Uint8Array): number | undefined {
  const text = Buffer.from(data).toString('latin1')
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
