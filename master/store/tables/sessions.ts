import type { Problem } from '../../../protocol/errors.ts'
import type { MinionId, Sha256 } from '../../../protocol/ids.ts'
import { canonicalJson } from '../../../protocol/json.ts'
import type { Db } from '../database.ts'
import { cutText, type EventOf, shortProblem } from '../log/events.ts'
import type { SessionVerb } from '../log/fleet-events.ts'
import type { Projector } from '../log/projector.ts'
import type { Log } from '../ports.ts'
import { storedJson } from '../stored-json.ts'
import { nextSequence } from './minions.ts'

/** Manual sessions on minions, and how they ended. */
export const SESSIONS: Projector = {
  view: 'sessions',
  apply: ({ db }, { at, event }) => {
    switch (event.type) {
      case 'session-opened': {
        const insert = `INSERT INTO sessions (id, operator, minion, kind, user, target, opened_at, recording)
          VALUES (@id, @operator, @minion, @kind, @user, @target, @at, @recording) ON CONFLICT (id) DO NOTHING`
        const { session: id, operator, minion, kind, user = null, target = null } = event
        db.run(insert, { id, operator, minion, kind, user, target, at, recording: event.recording ? 1 : 0 })
        return
      }
      case 'session-ended': {
        const update = `UPDATE sessions SET ended_at = @at, exit = @exit, signal = @signal, problem = @problem,
          duration_ms = @durationMs, bytes_in = @bytesIn, bytes_out = @bytesOut, recording_sha256 = @sha256,
          recording_bytes = @bytes, recording_cut = @cut WHERE id = @id AND ended_at IS NULL`
        const { session: id, exit = null, signal = null, problem, durationMs, bytesIn, bytesOut } = event
        db.run(update, {
          id,
          at,
          exit,
          signal,
          problem: problem === undefined ? null : canonicalJson({ ...problem }),
          durationMs,
          bytesIn,
          bytesOut,
          sha256: event.recordingSha256 ?? null,
          bytes: event.recordingBytes ?? null,
          cut: event.cut === true ? 1 : 0,
        })
        return
      }
      case 'recording-expired':
        db.run('UPDATE sessions SET expired = ? WHERE id = ? AND expired IS NULL', event.why, event.session)
        return
      default:
    }
  },
}

/** A session as recorded in the log. */
export interface SessionRow {
  readonly id: string
  readonly operator: string
  readonly minion: MinionId
  readonly kind: SessionVerb
  readonly user?: string
  readonly target?: string
  readonly openedAt: string
  /** Absent: it is in progress. */
  readonly endedAt?: string
  readonly exit?: number
  readonly signal?: string
  readonly problem?: Problem
  readonly durationMs?: number
  readonly bytesIn?: number
  readonly bytesOut?: number
  /** True when it was, or is being, recorded. */
  readonly recording: boolean
  readonly recordingSha256?: Sha256
  readonly recordingBytes?: number
  readonly cut: boolean
  /** Why its recording was removed; absent: it was not. */
  readonly expired?: 'age' | 'bytes'
}

export interface SessionStore {
  /** Takes the next sequence of its minion, with which the order is signed. */
  opened(facts: Omit<EventOf<'session-opened'>, 'type' | 'sequence'>): number
  /** Records the end once; a second end of a session is not written. */
  ended(facts: Omit<EventOf<'session-ended'>, 'type'>): void
  expired(session: string, why: 'age' | 'bytes'): void
  get(session: string): SessionRow | undefined
  /** Newest first; only those that began before the given one, if any. */
  list(limit: number, before?: Pick<SessionRow, 'openedAt' | 'id'>): readonly SessionRow[]
  /** Lists those in progress. */
  open(): readonly SessionRow[]
  /** Lists ended sessions whose recording was not removed, oldest first. */
  recorded(): readonly SessionRow[]
}

interface Row {
  readonly id: string
  readonly operator: string
  readonly minion: MinionId
  readonly kind: SessionVerb
  readonly user: string | null
  readonly target: string | null
  readonly opened_at: string
  readonly ended_at: string | null
  readonly exit: number | null
  readonly signal: string | null
  readonly problem: string | null
  readonly duration_ms: number | null
  readonly bytes_in: number | null
  readonly bytes_out: number | null
  readonly recording: number
  readonly recording_sha256: Sha256 | null
  readonly recording_bytes: number | null
  readonly recording_cut: number
  readonly expired: 'age' | 'bytes' | null
}

export function createSessionStore({ db, log }: { db: Db; log: Log }): SessionStore {
  return {
    opened: ({ target, ...facts }) =>
      db.atomically(() => {
        const sequence = nextSequence(db, facts.minion)
        const about = target === undefined ? {} : { target: cutText(target, 1000) }
        log.append({ type: 'session-opened', ...facts, sequence, ...about })
        return sequence
      }),
    ended: facts => {
      db.atomically(() => {
        const row = db.one<Row>('SELECT * FROM sessions WHERE id = ?', facts.session)
        if (row?.ended_at !== null) return
        const { problem, ...rest } = facts
        log.append({
          type: 'session-ended',
          ...rest,
          ...(problem === undefined ? {} : { problem: shortProblem(problem) }),
        })
      })
    },
    expired: (session, why) => {
      log.append({ type: 'recording-expired', session, why })
    },
    get: session => {
      const row = db.one<Row>('SELECT * FROM sessions WHERE id = ?', session)
      return row === undefined ? undefined : sessionOf(row)
    },
    list: (limit, before) => {
      const order = 'ORDER BY opened_at DESC, id DESC LIMIT ?'
      const rows =
        before === undefined
          ? db.all<Row>(`SELECT * FROM sessions ${order}`, limit)
          : db.all<Row>(
              `SELECT * FROM sessions WHERE (opened_at, id) < (?, ?) ${order}`,
              before.openedAt,
              before.id,
              limit,
            )
      return rows.map(sessionOf)
    },
    open: () => db.all<Row>('SELECT * FROM sessions WHERE ended_at IS NULL ORDER BY id').map(sessionOf),
    recorded: () => {
      const wanted = 'recording = 1 AND ended_at IS NOT NULL AND expired IS NULL'
      return db.all<Row>(`SELECT * FROM sessions WHERE ${wanted} ORDER BY ended_at, id`).map(sessionOf)
    },
  }
}

function sessionOf(row: Row): SessionRow {
  const { id, operator, minion, kind, user, target, ended_at: endedAt, exit, signal, problem } = row
  return {
    id,
    operator,
    minion,
    kind,
    ...optional('user', user),
    ...optional('target', target),
    openedAt: row.opened_at,
    ...optional('endedAt', endedAt),
    ...optional('exit', exit),
    ...optional('signal', signal),
    ...(problem === null ? {} : { problem: storedJson<Problem>(problem, 'sessions.problem') }),
    ...optional('durationMs', row.duration_ms),
    ...optional('bytesIn', row.bytes_in),
    ...optional('bytesOut', row.bytes_out),
    recording: row.recording === 1,
    ...optional('recordingSha256', row.recording_sha256),
    ...optional('recordingBytes', row.recording_bytes),
    cut: row.recording_cut === 1,
    ...optional('expired', row.expired),
  }
}

function optional<Name extends string, Value>(name: Name, value: Value | null): { readonly [name in Name]?: Value } {
  return (value === null ? {} : { [name]: value }) as { readonly [name in Name]?: Value }
}
