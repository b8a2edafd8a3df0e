import type { Db } from './database.ts'
import type { Checkpoint, Checkpoints } from './ports.ts'

/** Checkpoints in the table of that name. */
export function createCheckpoints(db: Db): Checkpoints {
  return {
    add: ({ seq, hash, at, signature }) => {
      const insert = 'INSERT INTO checkpoints (seq, hash, at, signature) VALUES (?, ?, ?, ?)'
      db.atomically(() => db.run(insert, seq, hash, at, signature))
    },
    last: () => db.one<Checkpoint>('SELECT * FROM checkpoints ORDER BY seq DESC LIMIT 1'),
    list: (after, limit) =>
      db.all<Checkpoint>('SELECT * FROM checkpoints WHERE seq > ? ORDER BY seq LIMIT ?', after, limit),
  }
}
