import type { MinionId } from '../../../protocol/ids.ts'
import type { Blobs } from '../blobs.ts'
import type { Db } from '../database.ts'
import type { LogEntry } from '../ports.ts'
import type { ReportFactsSource } from '../tables/report-facts.ts'

export interface ProjectorDeps {
  readonly db: Db
  readonly blobs: Blobs
  readonly reports: ReportFactsSource
}

/**
 * The only code that writes one view. What it writes depends only on the entries, in order, and the blobs that they reference.
 */
export interface Projector {
  readonly view: string
  apply(deps: ProjectorDeps, entry: LogEntry): void
}

/**
 * Deletes what a minion reported about itself when its key is revoked, so that nothing relies on a removed host or mistakes its
 * facts for those of the next host with its id. The data stays while another key of the minion is accepted. `change` is the
 * statement up to its WHERE. The view `keys` is written before.
 */
export function forgetRevoked(db: Db, change: string, column: 'id' | 'minion', minion: MinionId): void {
  const nobody = "NOT EXISTS (SELECT 1 FROM keys WHERE minion = ? AND state = 'accepted')"
  db.run(`${change} WHERE ${column} = ? AND ${nobody}`, minion, minion)
}

/**
 * Returns when a minion says that something happened, at most the time of the entry that reports it. The clock of a minion may be years
 * ahead, and what it reports after that was corrected must not count as older. Pure.
 */
export function notAhead(reported: string, entryAt: string): string {
  return reported < entryAt ? reported : entryAt
}
