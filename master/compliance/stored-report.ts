import { groupFindings } from './group.ts'
import type { ComplianceReport, Finding } from './report.ts'

/** A report as this version or an earlier one stored it. */
export type StoredReport = Omit<ComplianceReport, 'findings' | 'groups' | 'resolved'> & {
  readonly findings: readonly (Omit<Finding, 'isNew'> & Partial<Pick<Finding, 'isNew'>>)[]
} & Partial<Pick<ComplianceReport, 'groups' | 'resolved'>>

/** Adds what earlier versions did not store. Pure. */
export function fromStored(report: StoredReport): ComplianceReport {
  const findings = report.findings.map(finding => ({ isNew: false, ...finding }))
  return { ...report, findings, groups: report.groups ?? groupFindings(findings), resolved: report.resolved ?? [] }
}
