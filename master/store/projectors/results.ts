import { canonicalJson } from '../../../protocol/json.ts'
import type { Report } from '../../../protocol/report.ts'
import { jsonBlob } from '../blobs.ts'
import type { Projector } from './projector.ts'

/** States of reports that are not `unchanged`, without diffs: those are in the report's body. */
export const RESULTS: Projector = {
  view: 'results',
  apply: ({ db, blobs }, { event }) => {
    if (event.type !== 'report-stored') return
    const run = db.one<{ report: string | null }>('SELECT report FROM runs WHERE id = ?', event.run)
    if (run === undefined || run.report !== null) return
    for (const [position, result] of jsonBlob<Report>(blobs, event.report).results.entries()) {
      if (result.outcome === 'unchanged') continue
      const { key, outcome, diff, ...rest } = result
      const summary = canonicalJson({ ...rest, hasDiff: diff !== undefined })
      const insert = 'INSERT INTO results (run, position, key, outcome, summary) VALUES (?, ?, ?, ?, ?)'
      db.run(insert, event.run, position, key, outcome, summary)
    }
  },
}
