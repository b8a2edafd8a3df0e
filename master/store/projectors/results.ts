import type { Projector } from './projector.ts'

/** States of reports that are not `unchanged`, the first 1,000 of a report, without diffs: those are in the report's body. */
export const RESULTS: Projector = {
  view: 'results',
  apply: ({ db, reports }, { event }) => {
    if (event.type !== 'report-stored') return
    const run = db.one<{ report: string | null }>('SELECT report FROM runs WHERE id = ?', event.run)
    if (run === undefined || run.report !== null) return
    for (const { position, key, outcome, summary } of reports.of(event.report).rows) {
      const insert = 'INSERT INTO results (run, position, key, outcome, summary) VALUES (?, ?, ?, ?, ?)'
      db.run(insert, event.run, position, key, outcome, summary)
    }
  },
}
