import type { Db } from '../database.ts'
import type { EventOf } from '../events.ts'
import { forgetRevoked } from './forget-revoked.ts'
import type { Projector } from './projector.ts'

/** What the master last knew of each minion that was ever accepted. */
export const MINIONS: Projector = {
  view: 'minions',
  apply: ({ db }, { at, event }) => {
    switch (event.type) {
      case 'key-accepted':
        db.run('INSERT INTO minions (id) VALUES (?) ON CONFLICT (id) DO NOTHING', event.minion)
        return
      case 'key-revoked':
        return forgetRevoked(db, 'UPDATE minions SET grains = NULL, boot_id = NULL', 'id', event.minion)
      case 'minion-connected':
        return connected(db, at, event)
      case 'minion-disconnected':
        db.run('UPDATE minions SET connected = 0, last_seen_at = ? WHERE id = ?', at, event.minion)
        return
      case 'master-started':
        db.run('UPDATE minions SET connected = 0')
        return
      case 'grains-changed': {
        const upsert = `INSERT INTO minions (id, grains) VALUES (?, ?)
          ON CONFLICT (id) DO UPDATE SET grains = excluded.grains`
        db.run(upsert, event.minion, event.grains)
        return
      }
    }
  },
}

function connected(db: Db, at: string, event: EventOf<'minion-connected'>): void {
  const upsert = `INSERT INTO minions (id, fingerprint, boot_id, address, connected, last_seen_at)
    VALUES (?, ?, ?, ?, 1, ?) ON CONFLICT (id) DO UPDATE SET fingerprint = excluded.fingerprint,
    boot_id = excluded.boot_id, address = excluded.address, connected = 1, last_seen_at = excluded.last_seen_at`
  db.run(upsert, event.minion, event.fingerprint, event.bootId, event.address ?? null, at)
}
