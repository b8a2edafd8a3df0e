import type { Grains } from '../../../protocol/grains.ts'
import type { Fingerprint, MinionId, RunId, Sha256 } from '../../../protocol/ids.ts'
import { canonicalJson, type JsonObject } from '../../../protocol/json.ts'
import type { RunState } from '../../../protocol/report.ts'
import { type Blobs, jsonBlob } from '../blobs.ts'
import type { Db } from '../database.ts'
import type { EventOf, JobVerb } from '../log/events.ts'
import type { Projector } from '../log/projector.ts'
import { forgetRevoked, notAhead } from '../log/projector.ts'
import type { Log } from '../ports.ts'
import { isTexts, storedJson } from '../stored-json.ts'
import { IS_WHOLE } from './run-history.ts'

/** The last known state of each minion that was ever accepted. */
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

/** More catalogs than a minion is ever given between a backup and its restore. */
const BEYOND_ANY_BACKUP = 1_000_000

/** The highest sequence and generation that each minion was ever given or has reported; they only grow. */
export const COUNTERS: Projector = {
  view: 'counters',
  apply: ({ db }, { event }) => {
    switch (event.type) {
      case 'minion-connected':
        raise(db, event.minion, 'sequence', event.highestSequence)
        // A master that was rolled back by a snapshot of its disk does not know what it has issued since.
        if (event.generation !== undefined) raise(db, event.minion, 'generation', event.generation)
        return
      case 'run-sent':
      case 'run-cancel-sent':
      case 'session-opened':
        return raise(db, event.minion, 'sequence', event.sequence)
      case 'run-queued':
        return raise(db, event.minion, 'generation', event.generation)
      case 'master-restored':
        // Minions do not cache a catalog with a lower generation than one from the lost master.
        db.run('UPDATE counters SET generation = generation + ?', BEYOND_ANY_BACKUP)
    }
  },
}

function raise(db: Db, minion: MinionId, column: 'sequence' | 'generation', to: number): void {
  const upsert = `INSERT INTO counters (minion, ${column}) VALUES (?, ?)
    ON CONFLICT (minion) DO UPDATE SET ${column} = max(${column}, excluded.${column})`
  db.run(upsert, minion, to)
}

/** Returns the sequence for the next order to a minion; it is taken once an event with it is in the log. */
export function nextSequence(db: Db, minion: MinionId): number {
  return (db.one<{ sequence: number }>('SELECT sequence FROM counters WHERE minion = ?', minion)?.sequence ?? 0) + 1
}

/** What each minion last reported about its host. A report without observations (of a killed run) keeps the earlier ones. */
export const OBSERVATIONS: Projector = {
  view: 'observations',
  apply: ({ db, reports }, { at, event }) => {
    if (event.type === 'key-revoked') return forgetRevoked(db, 'DELETE FROM observations', 'minion', event.minion)
    if (event.type !== 'report-stored') return
    const { observed } = reports.of(event.report)
    if (observed === undefined) return
    // A report that was delayed on its minion arrives after newer ones. A row from the future is of a clock that was wrong.
    const upsert = `INSERT INTO observations (minion, run, at, value) VALUES (?, ?, ?, ?)
      ON CONFLICT (minion) DO UPDATE SET run = excluded.run, at = excluded.at, value = excluded.value
      WHERE excluded.at >= observations.at OR observations.at > ?`
    db.run(upsert, event.minion, event.run, notAhead(observed.at, at), observed.text, at)
  },
}

/** What the master knows about a minion that it once accepted. */
export interface Minion {
  readonly id: MinionId
  /** Fingerprint of its accepted key; absent when that was revoked. */
  readonly fingerprint?: Fingerprint
  /** Bound when its key was accepted. */
  readonly roles?: readonly string[]
  readonly level?: string
  /** The id or pattern of its join token; absent when an operator accepted its key. */
  readonly joinedAs?: string
  /** When that key was accepted; ISO 8601. */
  readonly acceptedAt?: string
  readonly connected: boolean
  readonly lastSeenAt?: string
  /** Address that its link comes from, as the master sees it. */
  readonly address?: string
  readonly bootId?: string
  readonly grains?: Grains
  /** Its newest finished apply or test. */
  readonly lastRun?: {
    readonly id: RunId
    readonly verb: JobVerb
    readonly state: RunState
    readonly finishedAt: string
  }
}

/** What a minion reports when its session starts. */
interface Arrival {
  readonly minion: MinionId
  readonly fingerprint: Fingerprint
  readonly bootId: string
  /** The sequence of the next order will be higher. */
  readonly highestSequence: number
  /** Generation of its newest catalog; that of the next one will be higher. */
  readonly generation?: number
  readonly address?: string
}

export interface Minions {
  connected(arrival: Arrival): void
  disconnected(minion: MinionId): void
  /** Stores the grains; false when they are unchanged. */
  saveGrains(minion: MinionId, grains: Grains): boolean
  /** Stores its current exports by `role/name`; false when they are unchanged. */
  saveExports(minion: MinionId, exports: JsonObject): boolean
  get(minion: MinionId): Minion | undefined
  /** Lists them by id. */
  list(): readonly Minion[]
  exports(minion: MinionId): JsonObject | undefined
  /** Returns a value that changes whenever the exports of any minion do. */
  exportsVersion(): string
}

interface Deps {
  readonly db: Db
  readonly log: Log
  readonly blobs: Blobs
}

interface Row {
  readonly id: MinionId
  readonly fingerprint: Fingerprint | null
  readonly roles: string | null
  readonly level: string | null
  readonly joined_as: string | null
  readonly decided_at: string | null
  readonly connected: number
  readonly last_seen_at: string | null
  readonly address: string | null
  readonly boot_id: string | null
  readonly grains: Sha256 | null
}

const SELECT = `SELECT minions.id, keys.fingerprint, keys.roles, keys.level, keys.joined_as, keys.decided_at, connected, last_seen_at, minions.address,
  boot_id, grains FROM minions LEFT JOIN keys ON keys.minion = minions.id AND keys.state = 'accepted'`

export function createMinions(deps: Deps): Minions {
  const { db, log, blobs } = deps
  return {
    connected: arrival => {
      log.append({ type: 'minion-connected', ...arrival })
    },
    disconnected: minion => {
      log.append({ type: 'minion-disconnected', minion })
    },
    saveGrains: (minion, grains) =>
      db.atomically(() => {
        const { sha256 } = blobs.put(new TextEncoder().encode(canonicalJson(grains)))
        if (db.one('SELECT 1 FROM minions WHERE id = ? AND grains = ?', minion, sha256) !== undefined) return false
        log.append({ type: 'grains-changed', minion, grains: sha256 })
        return true
      }),
    saveExports: (minion, exports) =>
      db.atomically(() => {
        const { sha256 } = blobs.put(new TextEncoder().encode(canonicalJson(exports)))
        if (db.one('SELECT 1 FROM exports WHERE minion = ? AND value = ?', minion, sha256) !== undefined) return false
        log.append({ type: 'exports-changed', minion, exports: sha256 })
        return true
      }),
    get: minion => {
      const row = db.one<Row>(`${SELECT} WHERE minions.id = ?`, minion)
      return row === undefined ? undefined : minionOf(deps, row)
    },
    list: () => db.all<Row>(`${SELECT} ORDER BY minions.id`).map(row => minionOf(deps, row)),
    exports: minion => {
      const row = db.one<{ value: Sha256 }>('SELECT value FROM exports WHERE minion = ?', minion)
      return row === undefined ? undefined : jsonBlob<JsonObject>(blobs, row.value)
    },
    exportsVersion: () => {
      const rows = db.all<{ minion: MinionId; value: Sha256 }>('SELECT minion, value FROM exports ORDER BY minion')
      return rows.map(({ minion, value }) => `${minion} ${value}\n`).join('')
    },
  }
}

function minionOf({ db, blobs }: Deps, row: Row): Minion {
  const lastRun = db.one<NonNullable<Minion['lastRun']>>(
    `SELECT runs.id, jobs.verb, runs.state, runs.finished_at AS finishedAt FROM runs JOIN jobs ON jobs.id = runs.job
      WHERE runs.minion = ? AND runs.finished_at IS NOT NULL AND ${IS_WHOLE}
      ORDER BY runs.finished_at DESC, runs.id DESC LIMIT 1`,
    row.id,
  )
  return {
    id: row.id,
    ...(row.fingerprint === null ? {} : { fingerprint: row.fingerprint }),
    ...(row.roles === null ? {} : { roles: storedJson<readonly string[]>(row.roles, 'keys.roles', isTexts) }),
    ...(row.level === null ? {} : { level: row.level }),
    ...(row.joined_as === null ? {} : { joinedAs: row.joined_as }),
    ...(row.decided_at === null ? {} : { acceptedAt: row.decided_at }),
    connected: row.connected === 1,
    ...(row.last_seen_at === null ? {} : { lastSeenAt: row.last_seen_at }),
    ...(row.address === null ? {} : { address: row.address }),
    ...(row.boot_id === null ? {} : { bootId: row.boot_id }),
    ...(row.grains === null ? {} : { grains: jsonBlob<Grains>(blobs, row.grains) }),
    ...(lastRun === undefined ? {} : { lastRun }),
  }
}
