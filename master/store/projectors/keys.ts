import type { Db } from '../database.ts'
import type { EventOf } from '../events.ts'
import type { Projector } from './projector.ts'

/** Every key that ever knocked, and what was decided about it. */
export const KEYS: Projector = {
  view: 'keys',
  apply: ({ db }, { at, event }) => {
    switch (event.type) {
      case 'key-pending':
        return pending(db, at, event)
      case 'key-accepted':
        return accepted(db, at, event)
      case 'key-rejected':
        return decided(db, at, event, 'rejected')
      case 'key-revoked':
        return decided(db, at, event, 'revoked')
      case 'key-expired': {
        const forget = "DELETE FROM keys WHERE minion = ? AND fingerprint = ? AND state = 'pending'"
        db.run(forget, event.minion, event.fingerprint)
        return
      }
      case 'sealing-key-changed': {
        const update = 'UPDATE keys SET sealing_key = ? WHERE minion = ? AND fingerprint = ?'
        db.run(update, event.sealingKey, event.minion, event.fingerprint)
        return
      }
      case 'clone-alarm':
        db.run(
          'UPDATE keys SET clone_alarm_at = ? WHERE minion = ? AND fingerprint = ?',
          at,
          event.minion,
          event.fingerprint,
        )
        return
    }
  },
}

/** A key that is known keeps what was decided about it. */
function pending(db: Db, at: string, event: EventOf<'key-pending'>): void {
  const insert = `INSERT INTO keys (minion, fingerprint, key, sealing_key, state, address, first_seen_at)
    VALUES (?, ?, ?, ?, 'pending', ?, ?) ON CONFLICT (minion, fingerprint) DO NOTHING`
  db.run(insert, event.minion, event.fingerprint, event.key, event.sealingKey, event.address ?? null, at)
}

function accepted(db: Db, at: string, event: EventOf<'key-accepted'>): void {
  const update = `UPDATE keys SET state = 'accepted', decided_at = @at, operator = @operator, token = @token,
    roles = @roles, level = @level, joined_as = @joinedAs, clone_alarm_at = NULL WHERE minion = @minion AND fingerprint = @fingerprint`
  db.run(update, {
    at,
    minion: event.minion,
    fingerprint: event.fingerprint,
    operator: event.operator ?? null,
    token: event.token ?? null,
    roles: event.roles === undefined ? null : JSON.stringify(event.roles),
    level: event.level ?? null,
    joinedAs: event.joinedAs ?? null,
  })
}

function decided(
  db: Db,
  at: string,
  event: EventOf<'key-rejected' | 'key-revoked'>,
  state: 'rejected' | 'revoked',
): void {
  const update = 'UPDATE keys SET state = ?, decided_at = ?, operator = ? WHERE minion = ? AND fingerprint = ?'
  db.run(update, state, at, event.operator, event.minion, event.fingerprint)
}
