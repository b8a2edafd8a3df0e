import { LIMITS } from '../../protocol/limits.ts'

/** Which reports a master takes. */
export interface ReportRule {
  /** Bytes of one report. */
  readonly maxBytes: number
  /** Reports of runs that this master did not order, for each minion and day (UTC): bytes, and how many. */
  readonly unorderedBytes: number
  readonly unorderedCount: number
}

export const DEFAULT_REPORT_RULE: ReportRule = {
  maxBytes: LIMITS.reportBytes,
  unorderedBytes: 128 * 1024 * 1024,
  unorderedCount: 2000,
}
