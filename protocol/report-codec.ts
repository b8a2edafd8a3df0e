import { AppError } from './errors.ts'
import { canonicalJson } from './json.ts'
import { jsonBeyond } from './json-bounds.ts'
import { LIMITS } from './limits.ts'
import type { Report } from './report.ts'
import { REPORT_SCHEMA } from './report-schema.ts'

/** Encodes a report: these bytes are hashed, signed, spooled and stored. */
export function encodeReport(report: Report): Uint8Array {
  return new TextEncoder().encode(canonicalJson(report))
}

/** Decodes a report. Throws REPORT_REFUSED when the bytes are not one. The caller checks signature and hash first. */
export function decodeReport(bytes: Uint8Array): Report {
  const beyond = jsonBeyond(bytes, { nodes: LIMITS.reportNodes, depth: LIMITS.jsonDepth })
  if (beyond !== undefined) throw new AppError({ code: 'REPORT_REFUSED', message: `the report was refused: ${beyond}` })
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new AppError({ code: 'REPORT_REFUSED', message: 'the report is not JSON' }, { cause })
  }
  const parsed = REPORT_SCHEMA.safeParse(value)
  if (parsed.success) return parsed.data as Report
  const [issue] = parsed.error.issues
  const where = issue === undefined || issue.path.length === 0 ? 'report' : issue.path.join('.')
  throw new AppError({
    code: 'REPORT_REFUSED',
    message: `the report does not match format 1 at \`${where}\``,
    hint: 'Upgrade master and minion to the same version.',
  })
}
