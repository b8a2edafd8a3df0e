import type { MinionId } from '../../../protocol/ids.ts'
import type { Blobs } from '../blobs.ts'
import type { Db } from '../database.ts'
import type { LogEntry } from '../ports.ts'
import type { ReportFactsSource } from '../tables/reports.ts'

export interface ProjectorDeps {
  readonly db: Db
  readonly blobs: Blobs
  readonly reports: ReportFactsSource
}

/** The only code that writes one view. What it writes depends on nothing but the entries, in order, and blobs they name. */
export interface Projector {
  readonly view: string
  apply(deps: ProjectorDeps, entry: LogEntry): void
}

/**
 * Forgets what a minion told of itself when its key is revoked: nobody must go by the word of who is out, nor take it for
 * that of the next one under its id. Another key of it may be accepted: then it is the word of that one, and stays. `change`
 * is the statement up to its WHERE. The view `keys` is written before.
 */
export function forgetRevoked(db: Db, change: string, column: 'id' | 'minion', minion: MinionId): void {
  const nobody = "NOT EXISTS (SELECT 1 FROM keys WHERE minion = ? AND state = 'accepted')"
  db.run(`${change} WHERE ${column} = ? AND ${nobody}`, minion, minion)
}
