import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { AppError } from '../../protocol/errors.ts'
import { createPrivateFile } from './private-file.ts'

export interface StateLock {
  release(): void
}

/**
 * One master a state directory. The lock is one of the kernel on `lock.db` (SQLite's exclusive lock), so it is gone with
 * the process, however that ends; `master.pid` only tells others whom to ask. STORE_LOCKED names that process.
 */
export function lockState(directory: string): StateLock {
  const path = join(directory, 'lock.db')
  const pidPath = join(directory, 'master.pid')
  createPrivateFile(path)
  const sqlite = new Sqlite(path, { timeout: 0 })
  try {
    sqlite.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    sqlite.close()
    if (!(cause instanceof Sqlite.SqliteError) || !cause.code.startsWith('SQLITE_BUSY')) throw cause
    throw new AppError(
      {
        code: 'STORE_LOCKED',
        message: `another master has the state directory \`${directory}\`: ${holder(pidPath)}`,
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

function holder(pidPath: string): string {
  try {
    return `process ${readFileSync(pidPath, 'utf8').trim()}`
  } catch {
    return 'a process that is just starting or ending'
  }
}
