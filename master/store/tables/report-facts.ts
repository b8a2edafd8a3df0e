import type { Sha256 } from '../../../protocol/ids.ts'
import type { Report } from '../../../protocol/report.ts'
import { type Blobs, jsonBlob } from '../blobs.ts'
import { factsOf, type ReportFacts } from './prepare-report.ts'

/** Provides what the views need from reports: as prepared for the report being stored, from the body for others. */
export interface ReportFactsSource {
  of(report: Sha256): ReportFacts
  /** Provides these facts while `work` runs. */
  with<T>(report: Sha256, facts: ReportFacts, work: () => T): T
}

export function createReportFacts(blobs: Blobs): ReportFactsSource {
  let held: { readonly report: Sha256; readonly facts: ReportFacts } | undefined
  return {
    of: report => (held?.report === report ? held.facts : factsOf(jsonBlob<Report>(blobs, report))),
    with: (report, facts, work) => {
      held = { report, facts }
      try {
        return work()
      } finally {
        held = undefined
      }
    },
  }
}
