import type { ComplianceReport } from '../../compliance/report.ts'

/** What `compliance` and `compliance-show` answer. */
export interface ComplianceResult {
  readonly report: ComplianceReport
  /** Documents put on their way. */
  readonly deliveries: readonly string[]
}

export interface ComplianceRow {
  readonly id: string
  readonly at: string
  readonly target: string
  readonly operator: string
  readonly cached: boolean
  readonly score: number
  readonly findings: number
  /** Minions by status; `contracts` and `broken` count the demands on whole levels. */
  readonly counts: { readonly [what: string]: number }
}

export interface ComplianceHistory {
  /** The newest first. */
  readonly reports: readonly ComplianceRow[]
}
