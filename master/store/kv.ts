import { canonicalJson, type Json } from '../../protocol/json.ts'
import type { Db } from './database.ts'
import type { Fence, Kv, Lease } from './ports.ts'
import { isAnything, storedJson } from './stored-json.ts'

interface LeaseRow {
  readonly holder: string | null
  readonly token: number
  readonly expires_ms: number
}

/** Creates the store of values and leases on the tables `kv` and `leases`. `now` is milliseconds since 1970. */
export function createKv(db: Db, now: () => number): Kv {
  const held = ({ lease, token }: Fence): boolean => {
    const row = leaseRow(db, lease)
    return row !== undefined && row.holder !== null && row.token === token && row.expires_ms > now()
  }
  return {
    get: name => {
      const row = db.one<{ value: string | null; version: number }>(
        'SELECT value, version FROM kv WHERE name = ?',
        name,
      )
      if (row === undefined || row.value === null) return undefined
      return { value: storedJson<Json>(row.value, 'kv.value', isAnything), version: row.version }
    },
    compareAndSet: (name, version, value, fence) =>
      db.atomically(() => {
        if (fence !== undefined && !held(fence)) return false
        const text = value === undefined ? null : canonicalJson(value)
        if (version > 0) {
          const update =
            'UPDATE kv SET value = ?, version = version + 1 WHERE name = ? AND version = ? AND value IS NOT NULL'
          return db.run(update, text, name, version) === 1
        }
        const insert = `INSERT INTO kv (name, value, version) VALUES (?, ?, 1) ON CONFLICT (name)
          DO UPDATE SET value = excluded.value, version = version + 1 WHERE kv.value IS NULL`
        return text === null ? false : db.run(insert, name, text) === 1
      }),
    acquire: (name, holder, ttlMs) =>
      db.atomically((): Lease | undefined => {
        const row = leaseRow(db, name)
        const alive = row !== undefined && row.holder !== null && row.expires_ms > now()
        if (alive && row.holder !== holder) return undefined
        const token = alive ? row.token : (row?.token ?? 0) + 1
        const expires = now() + ttlMs
        const upsert = `INSERT INTO leases (name, holder, token, expires_ms) VALUES (?, ?, ?, ?) ON CONFLICT (name)
          DO UPDATE SET holder = excluded.holder, token = excluded.token, expires_ms = excluded.expires_ms`
        db.run(upsert, name, holder, token, expires)
        return { holder, token, expiresAt: new Date(expires).toISOString() }
      }),
    holds: held,
    release: fence =>
      db.atomically(() => {
        if (!held(fence)) return false
        return db.run('UPDATE leases SET holder = NULL WHERE name = ? AND token = ?', fence.lease, fence.token) === 1
      }),
  }
}

function leaseRow(db: Db, name: string): LeaseRow | undefined {
  return db.one('SELECT holder, token, expires_ms FROM leases WHERE name = ?', name)
}
