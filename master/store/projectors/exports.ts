import { forgetRevoked } from './forget-revoked.ts'
import type { Projector } from './projector.ts'

/** What each minion published last. */
export const EXPORTS: Projector = {
  view: 'exports',
  apply: ({ db }, { at, event }) => {
    if (event.type === 'key-revoked') return forgetRevoked(db, 'DELETE FROM exports', 'minion', event.minion)
    if (event.type !== 'exports-changed') return
    const upsert = `INSERT INTO exports (minion, value, at) VALUES (?, ?, ?)
      ON CONFLICT (minion) DO UPDATE SET value = excluded.value, at = excluded.at`
    db.run(upsert, event.minion, event.exports, at)
  },
}
