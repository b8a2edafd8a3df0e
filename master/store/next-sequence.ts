import type { MinionId } from '../../protocol/ids.ts'
import type { Db } from './database.ts'

/** The sequence that the next order to a minion is signed with; taken when an event with it is in the log. */
export function nextSequence(db: Db, minion: MinionId): number {
  return (db.one<{ sequence: number }>('SELECT sequence FROM counters WHERE minion = ?', minion)?.sequence ?? 0) + 1
}
