import type { MinionId } from '../../../protocol/ids.ts'
import type { Db } from '../database.ts'
import type { Projector } from './projector.ts'

/** More catalogs than a minion is ever given between a backup and its restore. */
const BEYOND_ANY_BACKUP = 1_000_000

/** The highest sequence and generation that each minion was ever given, or told us of; they only grow. */
export const COUNTERS: Projector = {
  view: 'counters',
  apply: ({ db }, { event }) => {
    switch (event.type) {
      case 'minion-connected':
        raise(db, event.minion, 'sequence', event.highestSequence)
        // A master that was rolled back by a snapshot of its disk does not know what it gave out since.
        if (event.generation !== undefined) raise(db, event.minion, 'generation', event.generation)
        return
      case 'run-sent':
      case 'run-cancel-sent':
      case 'session-opened':
        return raise(db, event.minion, 'sequence', event.sequence)
      case 'run-queued':
        return raise(db, event.minion, 'generation', event.generation)
      case 'master-restored':
        // Minions cache no catalog of a generation below one that they got from the master that is gone.
        db.run('UPDATE counters SET generation = generation + ?', BEYOND_ANY_BACKUP)
    }
  },
}

function raise(db: Db, minion: MinionId, column: 'sequence' | 'generation', to: number): void {
  const upsert = `INSERT INTO counters (minion, ${column}) VALUES (?, ?)
    ON CONFLICT (minion) DO UPDATE SET ${column} = max(${column}, excluded.${column})`
  db.run(upsert, minion, to)
}
