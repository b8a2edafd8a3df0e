import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, it } from 'vitest'
import { openStore } from '../../../../master/store/open.ts'
import type { LogVerification } from '../../../../master/store/ports.ts'
import type { MinionId } from '../../../../protocol/ids.ts'
import { openFixture, temporaryDirectory } from '../fixture.ts'

/** Verifies the log after a change by someone with access to the file. */
function afterHarm(sql: string): LogVerification {
  const directory = temporaryDirectory()
  const before = openStore(directory, { now: () => 0 })
  for (const id of ['db1', 'db2', 'db3']) before.log.append({ type: 'minion-disconnected', minion: id as MinionId })
  before.close()
  const sqlite = new Sqlite(join(directory, 'saltern.db'))
  sqlite.exec('DROP TRIGGER log_is_never_changed; DROP TRIGGER log_is_never_cut')
  sqlite.exec(sql)
  sqlite.close()
  const store = openStore(directory, { now: () => 0 })
  const found = store.log.verify()
  store.close()
  return found
}

it('an unchanged log verifies', () => {
  expect(afterHarm('SELECT 1')).toMatchObject({ ok: true, entries: 3 })
})

it.each([
  ["UPDATE log SET bytes = CAST(replace(CAST(bytes AS TEXT), 'db2', 'db9') AS BLOB) WHERE seq = 2", 2, /changed/],
  ['DELETE FROM log WHERE seq = 2', 2, /missing/],
  ['UPDATE log SET hash = zeroblob(32) WHERE seq = 3', 3, /changed/],
  ["UPDATE log SET key = 'x' WHERE seq = 1", 1, /changed/],
  [
    'UPDATE log SET seq = 9 WHERE seq = 1; UPDATE log SET seq = 1 WHERE seq = 2; UPDATE log SET seq = 2 WHERE seq = 9',
    1,
    /changed/,
  ],
])('log verification detects the change by %s', (sql, seq, message) => {
  expect(afterHarm(sql)).toEqual({ ok: false, seq, message: expect.stringMatching(message) })
})

it('log entries cannot be changed or deleted through SQL', () => {
  const { store, directory } = openFixture()
  store.log.append({ type: 'master-started', version: '1', pid: 1 })
  const sqlite = new Sqlite(join(directory, 'saltern.db'))

  expect(() => sqlite.exec('DELETE FROM log')).toThrow('append-only')
  expect(() => sqlite.exec('UPDATE log SET key = 1')).toThrow('append-only')
  sqlite.close()
})

it('grouped changes are all stored or none', () => {
  const { store } = openFixture()
  const boom = new Error('boom')

  expect(() =>
    store.together(() => {
      store.log.append({ type: 'master-started', version: '1', pid: 1 })
      store.kv.compareAndSet('a', 0, 1)
      throw boom
    }),
  ).toThrow(boom)

  expect(store.log.lastSeq()).toBe(0)
  expect(store.kv.get('a')).toBeUndefined()
})

it('an event of a rolled-back group is not announced', async () => {
  const { store } = openFixture()
  const heard: number[] = []
  store.log.subscribe(seq => heard.push(seq))

  expect(() =>
    store.together(() => {
      store.log.append({ type: 'master-started', version: '1', pid: 1 })
      throw new Error('boom')
    }),
  ).toThrow()
  await Promise.resolve()

  expect(heard).toEqual([])
})
