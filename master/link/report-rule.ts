import { LIMITS } from '../../protocol/limits.ts'

/** Limits on the reports that a master accepts. */
export interface ReportRule {
  /** Maximum bytes of one report. */
  readonly maxBytes: number
  /** Reports of runs that this master did not order, per minion and day (UTC): total bytes, and number. */
  readonly unorderedBytes: number
  readonly unorderedCount: number
}

export const DEFAULT_REPORT_RULE: ReportRule = {
  maxBytes: LIMITS.reportBytes,
  unorderedBytes: 128 * 1024 * 1024,
  unorderedCount: 2000,
}
