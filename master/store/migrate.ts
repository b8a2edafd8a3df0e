import { AppError } from '../../protocol/errors.ts'
import type { Db } from './database.ts'
import { MIGRATIONS } from './migrations/index.ts'

/** Migrates the tables to this program's version, each step in one transaction. Throws STORE_UNREADABLE for a newer one. */
export function migrate(db: Db): void {
  const has = db.one<{ user_version: number }>('PRAGMA user_version')?.user_version ?? 0
  if (has > MIGRATIONS.length) {
    throw new AppError({
      code: 'STORE_UNREADABLE',
      message: `the store has version ${has}, this master supports versions up to ${MIGRATIONS.length}`,
      hint: 'Start the newer master that wrote it, or restore the backup from before.',
    })
  }
  for (const [index, sql] of MIGRATIONS.entries()) {
    if (index < has) continue
    db.atomically(() => db.script(`${sql};PRAGMA user_version = ${index + 1}`))
  }
}
