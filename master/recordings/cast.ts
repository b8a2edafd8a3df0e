/** asciicast v2: a header line, then one line an event, `[seconds, kind, data]`. */
export interface CastHeader {
  readonly width: number
  readonly height: number
  /** Milliseconds since 1970. */
  readonly startedMs: number
  readonly title: string
  /** `TERM` of the session. */
  readonly term: string
}

/** `o`: output; `r`: the window has another size; `m`: a marker. */
export type CastKind = 'o' | 'r' | 'm'

/** Pure. */
export function headerLine({ width, height, startedMs, title, term }: CastHeader): string {
  const header = { version: 2, width, height, timestamp: Math.floor(startedMs / 1000), title, env: { TERM: term } }
  return `${JSON.stringify(header)}\n`
}

/** Pure. */
export function eventLine(seconds: number, kind: CastKind, data: string): string {
  return `${JSON.stringify([Math.max(0, Math.round(seconds * 1e6) / 1e6), kind, data])}\n`
}
