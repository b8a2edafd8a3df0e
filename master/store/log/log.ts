import { AppError } from '../../../protocol/errors.ts'
import { canonicalJson } from '../../../protocol/json.ts'
import type { Db } from '../database.ts'
import type { Appended, Checkpoint, Checkpoints, Log, LogEntry } from '../ports.ts'
import { storedJson } from '../stored-json.ts'
import { EVENT_BYTES, type MasterEvent } from './events.ts'
import { BEFORE_THE_FIRST, chained, drained, verifyLog } from './verify.ts'

interface LogDeps {
  readonly db: Db
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Updates the views, in the transaction of the append. */
  readonly project: (entry: LogEntry) => void
}

interface Row {
  readonly seq: number
  readonly key: string | null
  readonly bytes: Uint8Array
  readonly hash: Uint8Array
}

/** What is hashed and stored: everything about an entry but its hash. */
interface Body {
  readonly seq: number
  readonly at: string
  readonly key?: string
  readonly event: MasterEvent
}

const PAGE = 500

/** Creates the log on the table of that name. */
export function createLog({ db, now, project }: LogDeps): Log {
  const listeners = new Set<(lastSeq: number) => void>()
  let announced = lastRow(db)?.seq ?? 0
  db.onCommit(() => {
    const last = lastRow(db)?.seq ?? 0
    if (last === announced) return
    announced = last
    for (const listener of listeners) queueMicrotask(() => listener(last))
  })
  return {
    append: (event, options = {}) =>
      db.atomically(() => {
        const key = options.idempotencyKey
        const known = key === undefined ? undefined : db.one<Row>('SELECT * FROM log WHERE key = ?', key)
        if (known !== undefined) return repeated(known, event)
        const entry = insert(db, { at: new Date(now()).toISOString(), key, event })
        project(entry)
        return { seq: entry.seq, fresh: true }
      }),
    read: (after, limit) => readLog(db, after, limit),
    lastSeq: () => lastRow(db)?.seq ?? 0,
    subscribe: listener => {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
    verify: () => drained(verifyLog(db, [])),
    verifySteps: anchors => verifyLog(db, anchors),
    head: () => {
      const last = lastRow(db)
      return last === undefined ? undefined : { seq: last.seq, hash: Buffer.from(last.hash).toString('hex') }
    },
  }
}

/** Reads entries after `seq`. */
function readLog(db: Db, after: number, limit: number): readonly LogEntry[] {
  return db.all<Row>('SELECT * FROM log WHERE seq > ? ORDER BY seq LIMIT ?', after, limit).map(entryOf)
}

/** Yields all entries from the first, a page at a time, so that a long log is never in memory as a whole. */
export function* allEntries(db: Db): Generator<LogEntry> {
  let after = 0
  for (;;) {
    const page = readLog(db, after, PAGE)
    yield* page
    const last = page.at(-1)
    if (last === undefined) return
    after = last.seq
  }
}

function insert(db: Db, { at, key, event }: { at: string; key: string | undefined; event: MasterEvent }): LogEntry {
  const last = lastRow(db)
  const seq = (last?.seq ?? 0) + 1
  const body: Body = { seq, at, ...(key === undefined ? {} : { key }), event }
  const bytes = new TextEncoder().encode(canonicalJson(body))
  if (bytes.length > EVENT_BYTES) {
    throw new AppError({
      code: 'EVENT_TOO_LARGE',
      message: `an event of the log is at most ${EVENT_BYTES} bytes, this \`${event.type}\` has ${bytes.length}`,
      hint: 'Use shorter target words or fewer options.',
    })
  }
  const hash = chained(last?.hash ?? BEFORE_THE_FIRST, bytes)
  db.run('INSERT INTO log (seq, key, bytes, hash) VALUES (?, ?, ?, ?)', seq, key ?? null, bytes, hash)
  return entryOf({ seq, key: key ?? null, bytes, hash })
}

function repeated(known: Row, event: MasterEvent): Appended {
  const before = entryOf(known)
  if (canonicalJson(before.event) !== canonicalJson(event)) {
    throw new TypeError(`the idempotency key ${before.key} was used for another event at ${before.seq}`)
  }
  return { seq: before.seq, fresh: false }
}

function lastRow(db: Db): Pick<Row, 'seq' | 'hash'> | undefined {
  return db.one('SELECT seq, hash FROM log ORDER BY seq DESC LIMIT 1')
}

function entryOf(row: Row): LogEntry {
  return { ...bodyOf(row), hash: Buffer.from(row.hash).toString('hex') }
}

function bodyOf(row: Pick<Row, 'bytes'>): Body {
  return storedJson<Body>(row.bytes, 'log.bytes')
}

/** Creates the checkpoints on the table of that name. */
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
