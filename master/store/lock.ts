import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { AppError } from '../../protocol/errors.ts'
import { createPrivateFile } from './private-file.ts'

export interface StateLock {
  release(): void
}

/**
 * Locks a state directory, so that only one master uses it. The lock is a kernel lock on `lock.db` (SQLite's exclusive lock),
 * so it ends with the process in any case; `master.pid` only tells others which process holds it. Throws STORE_LOCKED, which
 * names that process.
 */
export function lockState(directory: string): StateLock {
  const path = join(directory, 'lock.db')
  const pidPath = join(directory, 'master.pid')
  createPrivateFile(path)
  let sqlite: Sqlite.Database
  try {
    sqlite = begin(path)
  } catch (cause) {
    if (!(cause instanceof Sqlite.SqliteError) || !cause.code.startsWith('SQLITE_BUSY')) throw cause
    throw new AppError(
      {
        code: 'STORE_LOCKED',
        message: `another master uses the state directory \`${directory}\`: ${holder(pidPath)}`,
        hint: 'Stop it first, or give this one a state directory of its own.',
      },
      { cause },
    )
  }
  createPrivateFile(pidPath)
  writeFileSync(pidPath, `${process.pid}\n`)
  return {
    release: () => {
      rmSync(pidPath, { force: true })
      sqlite.close()
    },
  }
}

/** Takes the lock. The file has no content: a damaged one, which no process can hold, is emptied and taken. */
function begin(path: string): Sqlite.Database {
  try {
    return exclusive(path)
  } catch (cause) {
    const isDamaged = cause instanceof Sqlite.SqliteError && /^SQLITE_(NOTADB|CORRUPT)/.test(cause.code)
    if (!isDamaged) throw cause
    rmSync(`${path}-journal`, { force: true })
    truncateSync(path, 0)
    return exclusive(path)
  }
}

function exclusive(path: string): Sqlite.Database {
  const sqlite = new Sqlite(path, { timeout: 0 })
  try {
    sqlite.exec('BEGIN EXCLUSIVE')
    return sqlite
  } catch (cause) {
    sqlite.close()
    throw cause
  }
}

function holder(pidPath: string): string {
  try {
    return `process ${readFileSync(pidPath, 'utf8').trim()}`
  } catch {
    return 'a process that is just starting or ending'
  }
}
