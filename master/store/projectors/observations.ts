import { forgetRevoked } from './forget-revoked.ts'
import type { Projector } from './projector.ts'

/** What each minion last told of its host. A report that tells nothing of it (of a killed run) leaves what was known. */
export const OBSERVATIONS: Projector = {
  view: 'observations',
  apply: ({ db, reports }, { event }) => {
    if (event.type === 'key-revoked') return forgetRevoked(db, 'DELETE FROM observations', 'minion', event.minion)
    if (event.type !== 'report-stored') return
    const { observed } = reports.of(event.report)
    if (observed === undefined) return
    // A report that waited long on its minion comes after newer ones.
    const upsert = `INSERT INTO observations (minion, run, at, value) VALUES (?, ?, ?, ?)
      ON CONFLICT (minion) DO UPDATE SET run = excluded.run, at = excluded.at, value = excluded.value
      WHERE excluded.at >= observations.at`
    db.run(upsert, event.minion, event.run, observed.at, observed.text)
  },
}
