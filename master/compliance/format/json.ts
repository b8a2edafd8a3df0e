import type { ComplianceReport } from '../report.ts'

/** Renders the report as JSON (master/compliance/report.ts). Its shape is only ever extended. Pure. */
export function renderJson(report: ComplianceReport): string {
  return `${JSON.stringify(report, null, 2)}\n`
}
