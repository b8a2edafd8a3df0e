import type { Projector } from './projector.ts'

/** Join tokens and how often each was used; public halves only. */
export const JOIN_TOKENS: Projector = {
  view: 'join_tokens',
  apply: ({ db }, { at, event }) => {
    if (event.type === 'join-token-used') {
      db.run('UPDATE join_tokens SET used = used + 1 WHERE id = ?', event.token)
      return
    }
    if (event.type === 'join-token-revoked') {
      db.run('UPDATE join_tokens SET uses = used WHERE id = ?', event.token)
      return
    }
    if (event.type !== 'join-token-created') return
    const insert = `INSERT INTO join_tokens
      (id, public_key, roles, level, minion, uses, created_at, expires_at, operator)
      VALUES (@id, @publicKey, @roles, @level, @minion, @uses, @at, @expiresAt, @operator)`
    db.run(insert, {
      id: event.token,
      publicKey: event.publicKey,
      roles: JSON.stringify(event.roles),
      level: event.level ?? null,
      minion: event.minion ?? null,
      uses: event.uses,
      at,
      expiresAt: event.expiresAt,
      operator: event.operator,
    })
  },
}
