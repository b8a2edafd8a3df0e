import { deflateSync } from 'node:zlib'
import { sha256Of } from '../../../protocol/catalog.ts'
import type { Sha256 } from '../../../protocol/ids.ts'
import { canonicalJson } from '../../../protocol/json.ts'
import type { Report } from '../../../protocol/report.ts'
import { decodeReport } from '../../../protocol/report-codec.ts'

/** One row of the view of results, as it is written. */
interface ResultRow {
  readonly position: number
  readonly key: string
  readonly outcome: string
  readonly summary: string
}

/** What the views take from a report. */
export interface ReportFacts {
  readonly rows: readonly ResultRow[]
  /** Canonical JSON, and when it was observed; undefined of a run that a kill cut off. */
  readonly observed: { readonly at: string; readonly text: string } | undefined
}

/** A report that was checked, and everything about it that takes long to work out. */
export interface PreparedReport {
  /** Without results and checks. */
  readonly head: Omit<Report, 'results' | 'checks' | 'observed'>
  readonly facts: ReportFacts
  readonly blob: {
    readonly sha256: Sha256
    readonly size: number
    readonly isPacked: boolean
    readonly bytes: Uint8Array
  }
}

/** States whose results are rows of their own; all of them are in the body of the report. */
const MOST_ROWS = 1000
const MOST_ROW_CHARACTERS = 1024 * 1024

/** REPORT_REFUSED when the bytes are no report. Pure. */
export function prepareReport(bytes: Uint8Array): PreparedReport {
  const report = decodeReport(bytes)
  const { results: _results, checks: _checks, observed: _observed, ...head } = report
  const packed = deflateSync(bytes, { level: 1 })
  const isPacked = packed.length < bytes.length
  return {
    head,
    facts: factsOf(report),
    blob: { sha256: sha256Of(bytes), size: bytes.length, isPacked, bytes: isPacked ? packed : bytes },
  }
}

/** Pure. */
export function factsOf({ results, observed }: Report): ReportFacts {
  const rows: ResultRow[] = []
  let characters = 0
  for (const [position, result] of results.entries()) {
    if (result.outcome === 'unchanged') continue
    const { key, outcome, diff, output: _output, ...rest } = result
    const summary = canonicalJson({ ...rest, hasDiff: diff !== undefined })
    characters += summary.length
    if (rows.length >= MOST_ROWS || characters > MOST_ROW_CHARACTERS) break
    rows.push({ position, key, outcome, summary })
  }
  return { rows, observed: observed === undefined ? undefined : { at: observed.at, text: canonicalJson(observed) } }
}
