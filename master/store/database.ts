import { dirname } from 'node:path'
import Sqlite from 'better-sqlite3'
import { roomHint } from '../../protocol/disk-room.ts'
import { AppError } from '../../protocol/errors.ts'
import { createFileSync } from './file-sync.ts'

type SqlValue = string | number | bigint | Uint8Array | null
type Parameters = readonly SqlValue[] | readonly [{ readonly [name: string]: SqlValue }]

/** The minimum that the store needs of an SQL engine; everything is synchronous. */
export interface Db {
  /** Runs a statement and returns how many rows it changed. */
  run(sql: string, ...parameters: Parameters): number
  one<Row>(sql: string, ...parameters: Parameters): Row | undefined
  all<Row>(sql: string, ...parameters: Parameters): readonly Row[]
  /** Runs several statements without parameters. */
  script(sql: string): void
  /**
   * Runs work as one transaction, which is on disk when it returns; inside another transaction it becomes part of that one.
   * Throws STORE_FULL when there is no space.
   */
  atomically<T>(work: () => T): T
  /**
   * Runs several works as one transaction that is not on disk yet when this returns; see `synced`. `each` runs one work, all or
   * nothing, and calls `fail` with what it throws. Throws when all of them are undone.
   */
  batch(run: (each: (work: () => void, fail: (thrown: unknown) => void) => void) => void): void
  /** Calls back when everything that was committed before is on disk, or with the error. */
  synced(done: (failure: unknown) => void): void
  /** Calls the listener after every outermost commit. */
  onCommit(listener: () => void): void
  close(): void
}

/**
 * Opens an existing database file. Write-ahead log, fsync on every commit, foreign keys checked. `maxBytes`: the maximum size
 * of the file; a write beyond it fails as on a full disk.
 */
export function openDatabase(path: string, maxBytes?: number): Db {
  const sqlite = new Sqlite(path, { timeout: 5_000, fileMustExist: true })
  try {
    sqlite.pragma('journal_mode = WAL')
    sqlite.pragma('synchronous = FULL')
    sqlite.pragma('foreign_keys = ON')
    if (maxBytes !== undefined) {
      const pageBytes = Number(sqlite.pragma('page_size', { simple: true }))
      sqlite.pragma(`max_page_count = ${Math.max(1, Math.floor(maxBytes / pageBytes))}`)
    }
  } catch (cause) {
    sqlite.close()
    throw cause
  }
  return wrap(sqlite, path)
}

function wrap(sqlite: Sqlite.Database, path: string): Db {
  const said = <T>(work: () => T): T => explained(path, work)
  const statements = new Map<string, Sqlite.Statement>()
  const listeners: (() => void)[] = []
  const walSync = createFileSync(`${path}-wal`)
  const part = (work: () => void, fail: (thrown: unknown) => void): void => {
    try {
      said(() => sqlite.transaction(work)())
    } catch (thrown) {
      // SQLite undoes the whole transaction when the disk is full.
      if (!sqlite.inTransaction) throw thrown
      fail(thrown)
    }
  }
  const prepared = (sql: string): Sqlite.Statement => {
    const known = statements.get(sql)
    if (known !== undefined) return known
    const statement = sqlite.prepare(sql)
    statements.set(sql, statement)
    return statement
  }
  return {
    run: (sql, ...parameters) => said(() => prepared(sql).run(...parameters).changes),
    one: <Row>(sql: string, ...parameters: Parameters) =>
      said(() => prepared(sql).get(...parameters) as Row | undefined),
    all: <Row>(sql: string, ...parameters: Parameters) =>
      said(() => prepared(sql).all(...parameters) as readonly Row[]),
    script: sql => {
      sqlite.exec(sql)
    },
    atomically: work => {
      if (sqlite.inTransaction) return work()
      const result = said(() => sqlite.transaction(work).immediate())
      for (const listener of listeners) listener()
      return result
    },
    batch: run => {
      // Without the sync of each commit: `synced` waits for the disk outside the event loop.
      sqlite.pragma('synchronous = NORMAL')
      try {
        said(() => sqlite.transaction(() => run(part)).immediate())
      } finally {
        sqlite.pragma('synchronous = FULL')
      }
      for (const listener of listeners) listener()
    },
    synced: done => walSync.wait(done),
    onCommit: listener => {
      listeners.push(listener)
    },
    close: () => {
      walSync.close()
      sqlite.close()
    },
  }
}

/** Explains a full disk and a damaged file: they are not bugs, and the caller may try again. */
function explained<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (!(cause instanceof Sqlite.SqliteError)) throw cause
    if (cause.code === 'SQLITE_FULL') {
      const hint = `${roomHint(dirname(path))} What was not stored is sent again.`
      const message = 'the disk of the state directory is full, nothing was stored'
      throw new AppError({ code: 'STORE_FULL', message, hint }, { cause })
    }
    if (/^SQLITE_(CORRUPT|NOTADB)/.test(cause.code)) throw damagedStore(path, cause.message, cause)
    throw cause
  }
}

/** Creates the STORE_DAMAGED error of the database file. Pure. */
function damagedStore(path: string, why: string, cause?: unknown): AppError {
  const hint = 'Restore the state directory of the master from its backup: `master restore FILE`.'
  return new AppError({ code: 'STORE_DAMAGED', message: `the store \`${path}\` is damaged: ${why}`, hint }, { cause })
}
