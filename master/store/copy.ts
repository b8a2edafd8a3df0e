import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { roomHint } from '../../protocol/disk-room.ts'
import { AppError } from '../../protocol/errors.ts'
import { createPrivateFile } from './private-file.ts'

/** The contents of a copy of the store. */
export interface CopyCounts {
  readonly events: number
  readonly jobs: number
  /** Minions with an accepted key. */
  readonly minions: number
}

/**
 * Copies the database of a state directory to `target` in one read transaction, even while a master uses it. Throws
 * STORE_UNREADABLE.
 */
export function copyStore(directory: string, target: string): CopyCounts {
  const path = join(directory, 'saltern.db')
  try {
    const source = new Sqlite(path, { fileMustExist: true, timeout: 5_000 })
    try {
      createPrivateFile(target)
      source.prepare('VACUUM INTO ?').run(target)
    } finally {
      source.close()
    }
    const copy = new Sqlite(target, { readonly: true })
    try {
      const count = (sql: string): number => (copy.prepare(sql).get() as { readonly n: number }).n
      return {
        events: count('SELECT count(*) AS n FROM log'),
        jobs: count('SELECT count(*) AS n FROM jobs'),
        minions: count("SELECT count(*) AS n FROM keys WHERE state = 'accepted'"),
      }
    } finally {
      copy.close()
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    const isFull = cause instanceof Error && 'code' in cause && cause.code === 'SQLITE_FULL'
    throw new AppError(
      {
        code: 'STORE_UNREADABLE',
        message: `the store \`${path}\` cannot be copied: ${why}`,
        hint: isFull
          ? `${roomHint(directory)} A copy of the store must fit there.`
          : 'Use the account that runs the master, for example with `sudo`; see `ls -l`.',
      },
      { cause },
    )
  }
}
