import { deflateSync } from 'node:zlib'
import { sha256Of } from '../../../protocol/catalog.ts'
import type { Sha256 } from '../../../protocol/ids.ts'
import { canonicalJson } from '../../../protocol/json.ts'
import type { Orphan, Report } from '../../../protocol/report.ts'
import { decodeReport } from '../../../protocol/report-codec.ts'

/** A row of the view `results`, as it is written. */
interface ResultRow {
  readonly position: number
  readonly key: string
  readonly outcome: string
  readonly summary: string
}

/** What the views need from a report. */
export interface ReportFacts {
  readonly rows: readonly ResultRow[]
  /** Canonical JSON, and when it was observed; undefined for a run that was killed. */
  readonly observed: { readonly at: string; readonly text: string } | undefined
  /** undefined for a run that was killed. */
  readonly orphans: ReportedList | undefined
}

/** The first orphans of a report, and the number of all. */
interface ReportedList {
  readonly at: string
  /** True when the run applied a catalog. */
  readonly isApply: boolean
  readonly count: number
  readonly list: readonly Orphan[]
}

/** A checked report, with everything about it that is expensive to compute. */
export interface PreparedReport {
  /** The report without results, checks and observations. */
  readonly head: Omit<Report, 'results' | 'checks' | 'observed'>
  readonly facts: ReportFacts
  readonly blob: {
    readonly sha256: Sha256
    readonly size: number
    readonly isPacked: boolean
    readonly bytes: Uint8Array
  }
}

/** Maximum number of results stored as rows; the body of the report contains all of them. */
const MOST_ROWS = 1000
const MOST_ROW_CHARACTERS = 1024 * 1024

/** Checks and prepares a report. Throws REPORT_REFUSED when the bytes are not a report. Pure. */
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

/** Extracts what the views need from a report. Pure. */
export function factsOf(report: Report): ReportFacts {
  const { results, observed } = report
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
  return {
    rows,
    observed: observed === undefined ? undefined : { at: observed.at, text: canonicalJson(observed) },
    orphans: orphansOf(report),
  }
}

/** A report without orphans has none, unless its run was killed: then it has no observations either. */
function orphansOf({ orphans, observed, orphanRun, test, finishedAt }: Report): ReportedList | undefined {
  if (orphans === undefined && (observed === undefined || orphanRun !== undefined)) return undefined
  const list: Orphan[] = []
  let characters = 0
  for (const orphan of orphans ?? []) {
    characters += canonicalJson(orphan).length
    if (list.length >= MOST_ROWS || characters > MOST_ROW_CHARACTERS) break
    list.push(orphan)
  }
  return { at: finishedAt, isApply: !test && orphanRun === undefined, count: orphans?.length ?? 0, list }
}
