/** The header of an asciicast v2 file: one header line, then one line per event, `[seconds, kind, data]`. */
export interface CastHeader {
  readonly width: number
  readonly height: number
  /** Milliseconds since 1970. */
  readonly startedMs: number
  readonly title: string
  /** `TERM` of the session. */
  readonly term: string
}

/** `o`: output; `r`: a new window size, such as `80x24`; `m`: a marker. */
export type CastKind = 'o' | 'r' | 'm'

export interface CastEvent {
  /** Since the start of the recording. */
  readonly seconds: number
  readonly kind: CastKind
  readonly data: string
}

export interface Cast {
  readonly header: CastHeader
  readonly events: readonly CastEvent[]
}

/** Renders one line of the file. Pure. */
export function headerLine({ width, height, startedMs, title, term }: CastHeader): string {
  const header = { version: 2, width, height, timestamp: Math.floor(startedMs / 1000), title, env: { TERM: term } }
  return `${JSON.stringify(header)}\n`
}

/** Renders one line of the file. Pure. */
export function eventLine(seconds: number, kind: CastKind, data: string): string {
  return `${JSON.stringify([Math.max(0, Math.round(seconds * 1e6) / 1e6), kind, data])}\n`
}

/** Parses a recording; undefined for other texts. Ignores a partial last line, which remains when a master is killed. Pure. */
export function parseCast(text: string): Cast | undefined {
  const [first = '', ...rest] = text.split('\n')
  const header = headerOf(parsed(first))
  if (header === undefined) return undefined
  return { header, events: rest.flatMap(line => eventOf(parsed(line)) ?? []) }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function headerOf(value: unknown): CastHeader | undefined {
  if (typeof value !== 'object' || value === null || !('version' in value) || value.version !== 2) return undefined
  const { width, height, timestamp, title, env } = value as { readonly [name: string]: unknown }
  if (typeof width !== 'number' || typeof height !== 'number') return undefined
  const term = typeof env === 'object' && env !== null && 'TERM' in env ? env.TERM : undefined
  return {
    width,
    height,
    startedMs: typeof timestamp === 'number' ? timestamp * 1000 : 0,
    title: typeof title === 'string' ? title : '',
    term: typeof term === 'string' ? term : '',
  }
}

function eventOf(value: unknown): CastEvent | undefined {
  if (!Array.isArray(value)) return undefined
  const [seconds, kind, data] = value as readonly unknown[]
  if (typeof seconds !== 'number' || typeof data !== 'string') return undefined
  return kind === 'o' || kind === 'r' || kind === 'm' ? { seconds, kind, data } : undefined
}
