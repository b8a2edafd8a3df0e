import { globMatches } from '../../../protocol/glob.ts'
import type { MinionId } from '../../../protocol/ids.ts'
import type { StoredJoinToken, TokenUse } from '../../keys/key-store.ts'
import type { Db } from '../database.ts'
import type { Projector } from '../log/projector.ts'
import type { Log } from '../ports.ts'
import { isTexts, storedJson } from '../stored-json.ts'

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
    if (event.type === 'join-token-removed') {
      db.run('DELETE FROM join_tokens WHERE id = ?', event.token)
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

/** The part of the KeyStore for join tokens. */
export interface JoinTokens {
  create(token: Omit<StoredJoinToken, 'used' | 'createdAt'>): void
  /** Revokes a token; false when there is no such token. */
  revoke(id: string, operator: string): boolean
  /** Removes tokens that expired before this time (ISO 8601), whether used or not. Returns how many. */
  removeExpired(before: string): number
  get(id: string): StoredJoinToken | undefined
  list(): readonly StoredJoinToken[]
  /** Returns the token if this minion may use it now, else why not. */
  usable(id: string, minion: MinionId): StoredJoinToken | Exclude<TokenUse, 'accepted' | 'taken'>
}

interface Deps {
  readonly db: Db
  readonly log: Log
  readonly now: () => number
}

interface Row {
  readonly id: string
  readonly public_key: string
  readonly roles: string
  readonly level: string | null
  readonly minion: string | null
  readonly uses: number
  readonly used: number
  readonly created_at: string
  readonly expires_at: string
  readonly operator: string
}

export function createJoinTokens({ db, log, now }: Deps): JoinTokens {
  const get = (id: string): StoredJoinToken | undefined => {
    const row = db.one<Row>('SELECT * FROM join_tokens WHERE id = ?', id)
    return row === undefined ? undefined : tokenOf(row)
  }
  return {
    create: ({ id, publicKey, roles, level, minion, uses, expiresAt, operator }) => {
      const bound = { ...(level === undefined ? {} : { level }), ...(minion === undefined ? {} : { minion }) }
      const key = Buffer.from(publicKey).toString('base64')
      const event = { token: id, publicKey: key, roles, ...bound, uses, expiresAt, operator }
      log.append({ type: 'join-token-created', ...event })
    },
    revoke: (id, operator) =>
      db.atomically(() => {
        const token = get(id)
        if (token === undefined) return false
        if (token.used < token.uses) log.append({ type: 'join-token-revoked', token: id, operator })
        return true
      }),
    removeExpired: before =>
      db.atomically(() => {
        const due = db.all<Pick<Row, 'id'>>('SELECT id FROM join_tokens WHERE expires_at < ? ORDER BY id', before)
        for (const { id } of due) log.append({ type: 'join-token-removed', token: id })
        return due.length
      }),
    get,
    list: () => db.all<Row>('SELECT * FROM join_tokens ORDER BY created_at DESC, id').map(tokenOf),
    usable: (id, minion) => {
      const token = get(id)
      if (token === undefined) return 'unknown'
      if (Date.parse(token.expiresAt) <= now()) return 'expired'
      if (token.used >= token.uses) return 'used-up'
      return token.minion === undefined || globMatches(token.minion, minion) ? token : 'wrong-minion'
    },
  }
}

function tokenOf(row: Row): StoredJoinToken {
  return {
    id: row.id,
    publicKey: new Uint8Array(Buffer.from(row.public_key, 'base64')),
    roles: storedJson<readonly string[]>(row.roles, 'join_tokens.roles', isTexts),
    ...(row.level === null ? {} : { level: row.level }),
    ...(row.minion === null ? {} : { minion: row.minion }),
    uses: row.uses,
    used: row.used,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    operator: row.operator,
  }
}
