import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import Sqlite from 'better-sqlite3'
import { expect, it } from 'vitest'
import { MIGRATIONS } from '../../../master/store/migrations/index.ts'
import { openStore } from '../../../master/store/open.ts'
import { temporaryDirectory } from './fixture.ts'

const CASES = resolve(import.meta.dirname, '../../cases/store')
const FOLDER = resolve(import.meta.dirname, '../../../master/store/migrations')

/** The first digits of the SHA-256 of each released migration, in the order in which they run. */
const RELEASED = [
  '5cd2d707c0ab',
  '55cbc530e9db',
  '1bb71f5cf85f',
  '55ff6486e9c0',
  '58dffeb28254',
  '5c2349a15fd9',
  'be8034ea9284',
  '74fe28f32634',
  '9625072bcf43',
  '81d789035e38',
  '27fe5f09aa3a',
  'c1789d5f1f6f',
  '53a0f22e657a',
  'a69f8ec7267e',
]

function schemaOf(path: string): readonly unknown[] {
  const db = new Sqlite(path, { readonly: true })
  const rows = db.prepare('SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name').all()
  db.close()
  return rows
}

it('a released migration never changes and keeps its place', () => {
  const digests = MIGRATIONS.map(sql => createHash('sha256').update(sql).digest('hex').slice(0, 12))

  expect(digests.slice(0, RELEASED.length)).toEqual(RELEASED)
})

it('migrations are numbered in their order', async () => {
  const names = readdirSync(FOLDER).filter(name => /^\d/.test(name))
  const texts = await Promise.all(
    names.sort().map(async name => Object.values((await import(/* @vite-ignore */ join(FOLDER, name))) as object)),
  )

  expect(names.map(name => Number(name.slice(0, 4)))).toEqual(names.map((_, index) => index + 1))
  expect(texts.flat()).toEqual(MIGRATIONS)
})

it.each(readdirSync(CASES).filter(name => name.endsWith('.gz')))(
  'the store in %s opens without data loss',
  async name => {
    const [old, fresh] = [temporaryDirectory(), temporaryDirectory()]
    writeFileSync(join(old, 'saltern.db'), gunzipSync(readFileSync(join(CASES, name))), { mode: 0o600 })
    openStore(fresh, { now: () => 0 }).close()

    const store = openStore(old, { now: () => 0 })

    expect(await store.integrity()).toEqual([])
    expect(store.rebuildViews()).toEqual([])
    expect(store.jobs.list(100)).toHaveLength(8)
    expect(store.minions.list()).toHaveLength(3)
    expect(store.allocations.list()).toHaveLength(2)
    store.close()
    expect(schemaOf(join(old, 'saltern.db'))).toEqual(schemaOf(join(fresh, 'saltern.db')))
  },
)
