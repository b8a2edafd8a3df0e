import { generateKeyPairSync } from 'node:crypto'
import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, it } from 'vitest'
import type { ControlContext } from '../../../master/context.ts'
import { auditVerifyVerb } from '../../../master/verbs/audit.ts'
import { runVerb } from '../run-verb.ts'
import { openFixture } from './fixture.ts'

it('audit verify finds a damaged SQLite index even when every log entry is intact', async () => {
  const { directory, store, reopen } = openFixture()
  for (let pid = 0; pid < 300; pid++) {
    store.log.append({ type: 'master-started', version: '1', pid }, { idempotencyKey: `key-${pid}` })
  }
  const context = (of: typeof store): ControlContext =>
    ({
      store: of,
      fleetId: 'f',
      keys: { master: generateKeyPairSync('ed25519').privateKey },
    }) as unknown as ControlContext
  const verify = (of: typeof store) => runVerb(auditVerifyVerb, context(of), {})
  const before = await verify(store)
  store.close()
  const path = join(directory, 'saltern.db')
  const sqlite = new Sqlite(path, { readonly: true })
  const page = sqlite.prepare("SELECT rootpage FROM sqlite_master WHERE name = 'sqlite_autoindex_log_1'").pluck().get()
  const size = Number(sqlite.pragma('page_size', { simple: true }))
  sqlite.close()
  const file = openSync(path, 'r+')
  writeSync(file, Buffer.alloc(size, 0x5a), 0, size, (Number(page) - 1) * size)
  closeSync(file)
  const after = await verify(reopen())

  expect(before).toMatchObject({ ok: true, entries: 300 })
  expect(after).toMatchObject({
    ok: false,
    entries: 300,
    message: expect.stringContaining('SQLite finds the database damaged'),
  })
  expect(after.seq).toBeUndefined()
})
