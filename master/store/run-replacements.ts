import type { MinionId, RunId } from '../../protocol/ids.ts'
import type { Db } from './database.ts'
import { type Run, type RunRow, runOf } from './run-row.ts'

/**
 * Which applies replace which: the content of a minion only moves forward, in the order of its generations. A dry run
 * replaces nothing and is replaced by nothing.
 */
export interface RunReplacements {
  /** The newest apply of the same minion with a higher generation that has reached its minion or was sent to it. */
  newerSent(run: Run): Run | undefined
  /** Applies of the same minion with a lower generation that were never sent. */
  olderQueued(run: Run): readonly Run[]
  /** The generation of the newest catalog that was made for a minion; 0: none. */
  generation(minion: MinionId): number
  isApply(run: RunId): boolean
}

const APPLIES = "FROM runs JOIN jobs ON jobs.id = runs.job AND jobs.verb = 'apply' WHERE runs.minion = ?"

export function createRunReplacements(db: Db): RunReplacements {
  const isApply = (run: RunId): boolean => {
    const sql = "SELECT 1 FROM runs JOIN jobs ON jobs.id = runs.job AND jobs.verb = 'apply' WHERE runs.id = ?"
    return db.one(sql, run) !== undefined
  }
  return {
    newerSent: ({ id, minion, generation }) => {
      if (!isApply(id)) return undefined
      const sql = `SELECT runs.* ${APPLIES} AND runs.generation > ? AND
        coalesce(runs.sent_at, runs.accepted_at, runs.running_at, runs.report) IS NOT NULL
        ORDER BY runs.generation DESC LIMIT 1`
      const row = db.one<RunRow>(sql, minion, generation)
      return row === undefined ? undefined : runOf(row)
    },
    olderQueued: ({ id, minion, generation }) => {
      if (!isApply(id)) return []
      const sql = `SELECT runs.* ${APPLIES} AND runs.state = 'queued' AND runs.generation < ? ORDER BY runs.generation`
      return db.all<RunRow>(sql, minion, generation).map(runOf)
    },
    generation: minion =>
      db.one<{ generation: number }>('SELECT generation FROM counters WHERE minion = ?', minion)?.generation ?? 0,
    isApply,
  }
}
