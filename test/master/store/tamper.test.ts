import { createHash } from 'node:crypto'
import Sqlite from 'better-sqlite3'
import { expect, it } from 'vitest'
import { signCheckpoint } from '../../../master/control/checkpoints.ts'
import { drained } from '../../../master/store/log/verify.ts'
import { ed25519PrivateKey } from '../../../protocol/signature.ts'
import { openFixture } from './fixture.ts'
import { START } from './rows.ts'

const KEY = ed25519PrivateKey(new Uint8Array(32).fill(7))

/** Creates a log of 20 entries with a checkpoint at 5, 10, 15 and 20, then changes its file directly. */
function tampered(change: (sqlite: Sqlite.Database) => void) {
  const fixture = openFixture()
  const { log, checkpoints } = fixture.store
  for (let pid = 1; pid <= 20; pid++) {
    log.append({ type: 'master-started', version: '1', pid })
    const head = log.head()
    if (head === undefined || pid % 5 > 0) continue
    checkpoints.add(signCheckpoint('fleet', KEY, { ...head, at: new Date(START + pid).toISOString() }))
  }
  const handed = checkpoints.list(0, 100)
  const sqlite = new Sqlite(`${fixture.directory}/saltern.db`)
  for (const { name } of sqlite.prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'").all() as {
    name: string
  }[]) {
    sqlite.exec(`DROP TRIGGER ${name}`)
  }
  change(sqlite)
  sqlite.close()
  return {
    alone: drained(log.verifySteps([])),
    held: drained(log.verifySteps(checkpoints.list(0, 100))),
    against: drained(log.verifySteps(handed)),
  }
}

/** Recomputes the chain after a change, as an attacker who knows the format would. */
function chainAnew(sqlite: Sqlite.Database): void {
  const rows = sqlite.prepare('SELECT bytes FROM log ORDER BY seq').all() as { bytes: Buffer }[]
  let before: Uint8Array = new Uint8Array(32)
  sqlite.exec('DELETE FROM log')
  for (const [index, row] of rows.entries()) {
    const seq = index + 1
    const bytes = Buffer.from(JSON.stringify({ ...JSON.parse(row.bytes.toString()), seq }))
    before = createHash('sha256').update(before).update(bytes).digest()
    sqlite.prepare('INSERT INTO log (seq, bytes, hash) VALUES (?, ?, ?)').run(seq, bytes, before)
  }
}

function edit(sqlite: Sqlite.Database, seq: number): void {
  const { bytes } = sqlite.prepare('SELECT bytes FROM log WHERE seq = ?').get(seq) as { bytes: Buffer }
  const changed = Buffer.from(bytes.toString().replace('"version":"1"', '"version":"2"'))
  expect(changed.equals(bytes)).toBe(false)
  sqlite.prepare('UPDATE log SET bytes = ? WHERE seq = ?').run(changed, seq)
}

it('audit verification passes for an unchanged log', () => {
  const { alone, held } = tampered(() => undefined)

  expect(alone).toMatchObject({ ok: true, entries: 20 })
  expect(held).toMatchObject({ ok: true, entries: 20 })
})

it('audit verification names an edited entry', () => {
  expect(tampered(sqlite => edit(sqlite, 7)).alone).toEqual({ ok: false, seq: 7, message: 'entry 7 was changed' })
})

it('audit verification names a deleted entry, in the middle and at the start', () => {
  const middle = tampered(sqlite => sqlite.exec('DELETE FROM log WHERE seq = 9')).alone
  const first = tampered(sqlite => sqlite.exec('DELETE FROM log WHERE seq = 1')).alone

  expect(middle).toEqual({ ok: false, seq: 9, message: 'entry 9 is missing' })
  expect(first).toEqual({ ok: false, seq: 1, message: 'entry 1 is missing' })
})

it('audit verification names the first of two swapped entries', () => {
  const { alone } = tampered(sqlite => {
    sqlite.exec('UPDATE log SET seq = -1 WHERE seq = 12; UPDATE log SET seq = 12 WHERE seq = 13')
    sqlite.exec('UPDATE log SET seq = 13 WHERE seq = -1')
  })

  expect(alone).toEqual({ ok: false, seq: 12, message: 'entry 12 was changed' })
})

it('audit verification names an entry with a changed idempotency key and one that is not JSON', () => {
  const key = tampered(sqlite => sqlite.exec("UPDATE log SET key = 'x' WHERE seq = 3")).alone
  const garbage = tampered(sqlite => sqlite.exec("UPDATE log SET bytes = x'ff' WHERE seq = 4")).alone

  expect(key).toMatchObject({ ok: false, seq: 3 })
  expect(garbage).toMatchObject({ ok: false, seq: 4 })
})

it('audit verification detects a truncated log by its checkpoints', () => {
  const { alone, held } = tampered(sqlite => sqlite.exec('DELETE FROM log WHERE seq > 17'))

  expect(alone).toMatchObject({ ok: true, entries: 17 })
  expect(held).toMatchObject({ ok: false, seq: 18, message: expect.stringContaining('the log ends at 17') })
})

it('audit verification detects a log truncated together with its checkpoints by checkpoints kept elsewhere', () => {
  const { held, against } = tampered(sqlite => {
    sqlite.exec('DELETE FROM log WHERE seq > 17; DELETE FROM checkpoints WHERE seq > 17')
  })

  expect(held).toMatchObject({ ok: true, entries: 17 })
  expect(against).toMatchObject({ ok: false, seq: 18 })
})

it('audit verification detects a log with a recomputed chain by its checkpoints', () => {
  const edited = tampered(sqlite => {
    edit(sqlite, 8)
    chainAnew(sqlite)
  })
  const dropped = tampered(sqlite => {
    sqlite.exec('DELETE FROM log WHERE seq = 13')
    chainAnew(sqlite)
  })

  expect(edited.alone).toMatchObject({ ok: true })
  expect(edited.held).toMatchObject({ ok: false, seq: 6, message: expect.stringContaining('entries 6 to 10') })
  expect(dropped.alone).toMatchObject({ ok: true, entries: 19 })
  expect(dropped.held).toMatchObject({ ok: false, seq: 11 })
})
