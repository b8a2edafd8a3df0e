import type { ProvenSources } from '../../keys/proven-sources.ts'
import type { Db } from '../database.ts'

const DAY_MS = 24 * 3_600_000
const KNOWN_FOR_MS = 30 * DAY_MS
/** Minimum time between two writes for a minion that connects often. */
const WRITE_AGAIN_MS = DAY_MS
/** Maximum number of sources per minion: one malicious minion must not make the whole internet known. */
const SOURCES_OF_A_MINION = 16

/**
 * Creates the proven sources on the table `proven_sources`; revoking a key deletes the rows of its minion. `now` is
 * milliseconds since 1970.
 */
export function createProvenSources(db: Db, now: () => number): ProvenSources {
  return {
    isKnown: source => {
      const known = 'SELECT 1 FROM proven_sources WHERE source = ? AND proved_at > ? LIMIT 1'
      return db.one(known, source, now() - KNOWN_FOR_MS) !== undefined
    },
    isEmpty: () => db.one('SELECT 1 FROM proven_sources LIMIT 1') === undefined,
    proved: (source, minion, atMs = now()) => {
      const recent = 'SELECT 1 FROM proven_sources WHERE source = ? AND minion = ? AND proved_at > ?'
      if (db.one(recent, source, minion, now() - WRITE_AGAIN_MS) !== undefined) return
      db.atomically(() => {
        const upsert = `INSERT INTO proven_sources (source, minion, proved_at) VALUES (?, ?, ?)
          ON CONFLICT (source, minion) DO UPDATE SET proved_at = excluded.proved_at`
        db.run(upsert, source, minion, atMs)
        const surplus = `DELETE FROM proven_sources WHERE minion = @minion AND source NOT IN
          (SELECT source FROM proven_sources WHERE minion = @minion ORDER BY proved_at DESC, source LIMIT @most)`
        db.run(surplus, { minion, most: SOURCES_OF_A_MINION })
      })
    },
  }
}

/** Forgets the sources of a minion whose key was revoked: they count as unknown again. */
export function forgetSources(db: Db, minion: string): void {
  db.run('DELETE FROM proven_sources WHERE minion = ?', minion)
}
