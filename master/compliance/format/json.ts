import type { ComplianceReport } from '../report.ts'

/** The report as it is (master/compliance/report.ts): a shape that is only ever added to. Pure. */
export function renderJson(report: ComplianceReport): string {
  return `${JSON.stringify(report, null, 2)}\n`
}
