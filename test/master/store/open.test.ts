import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, it } from 'vitest'
import { openStore } from '../../../master/store/open.ts'
import { AppError } from '../../../protocol/errors.ts'
import { openFixture, temporaryDirectory } from './fixture.ts'
import { DB1 } from './rows.ts'

const now = () => 0

it('openStore creates files that only the owner can read, including those that SQLite adds', () => {
  const directory = join(temporaryDirectory(), 'state')
  const store = openStore(directory, { now })
  store.log.append({ type: 'master-started', version: '1', pid: 1 })

  const mode = (name: string) => statSync(join(directory, name)).mode & 0o777

  expect(statSync(directory).mode & 0o777).toBe(0o700)
  expect(['saltern.db', 'saltern.db-wal', 'saltern.db-shm', 'lock.db', 'master.pid'].map(mode)).toEqual(
    Array(5).fill(0o600),
  )
  store.close()
})

it('openStore removes access of other users from an existing store', () => {
  const directory = temporaryDirectory()
  openStore(directory, { now }).close()
  chmodSync(join(directory, 'saltern.db'), 0o644)

  openStore(directory, { now }).close()

  expect(statSync(join(directory, 'saltern.db')).mode & 0o777).toBe(0o600)
})

it('openStore finds the entries from before a restart', () => {
  const { store, reopen } = openFixture()
  store.log.append({ type: 'minion-disconnected', minion: DB1 })

  expect(reopen().log.read(0, 10)).toMatchObject([{ seq: 1, event: { minion: 'db1' } }])
})

it('openStore refuses a second master on the same directory and names the first', () => {
  const { directory, reopen } = openFixture()

  expect(() => openStore(directory, { now })).toThrow(
    expect.objectContaining({
      code: 'STORE_LOCKED',
      message: `another master uses the state directory \`${directory}\`: process ${process.pid}`,
    }),
  )
  expect(reopen().log.lastSeq()).toBe(0)
})

it('openStore refuses the store of a newer version and leaves it unchanged', () => {
  const directory = temporaryDirectory()
  openStore(directory, { now }).close()
  const sqlite = new Sqlite(join(directory, 'saltern.db'))
  sqlite.pragma('user_version = 99')
  sqlite.close()

  expect(() => openStore(directory, { now })).toThrow(
    expect.objectContaining({ code: 'STORE_UNREADABLE', message: expect.stringContaining('has version 99') }),
  )
})

it('openStore refuses a file that is not a store and releases the lock', () => {
  const directory = temporaryDirectory()
  writeFileSync(
    join(directory, 'saltern.db'),
    'this is not a database at all, but long enough to be looked at. '.repeat(20),
  )

  const attempt = () => openStore(directory, { now })

  expect(attempt).toThrow(expect.objectContaining({ code: 'STORE_UNREADABLE' }))
  expect(attempt).toThrow(/cannot be opened: file is not a database/)
})

it('openStore names the path when a directory is in the way', () => {
  const directory = temporaryDirectory()
  mkdirSync(join(directory, 'saltern.db'))

  expect(() => openStore(directory, { now })).toThrow(AppError)
  expect(() => openStore(directory, { now })).toThrow(join(directory, 'saltern.db'))
})
