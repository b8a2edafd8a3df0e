import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createClient } from '../../master/api/client.ts'
import { configFrom } from '../../master/config.ts'
import { startDaemon } from '../../master/daemon.ts'
import { type Problem, problemsOf } from '../../protocol/errors.ts'
import { sharedTree } from '../protocol/shared-references.ts'

/**
 * Files are writable by attackers and are not validated like messages, but their values are decoded all the same: plants each
 * in `saltern.db`.
 */

const ARCHIVE = resolve(import.meta.dirname, '../cases/upgrade/release-38d7810.tar.gz')
const root = mkdtempSync(join(tmpdir(), 'saltern-hostile-'))
const whole = join(root, 'master')
let count = 0

const HOSTILE: { readonly [name: string]: string } = {
  'lists 200,000 levels deep': `${'['.repeat(200_000)}${']'.repeat(200_000)}`,
  'maps 100,000 levels deep': `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
  'shared references': sharedTree(24).toString('latin1'),
  'text that was cut off': '{"a',
}

const VERBS = [
  ['jobs', { limit: 500 }],
  ['minions', {}],
  ['keys', {}],
  ['tokens', {}],
  ['allocation-list', {}],
  ['sessions', {}],
  ['schedule-list', {}],
  ['report', { of: 'm1' }],
  ['compliance-history', {}],
  ['runbook-list', {}],
  ['events', { follow: false, after: 0, limit: 1000 }],
  ['ping', { target: 'm1' }],
] as const

/** Returns the problem of starting a master on the state, or else the problems of each verb. */
async function problemsOn(state: string): Promise<readonly (Problem | undefined)[]> {
  const flags = { state, fleet: join(root, 'fleet'), listen: '127.0.0.1:0', newStore: false }
  try {
    const daemon = await startDaemon(await configFrom('', 'master.yml', flags, {}), '1')
    const client = createClient(join(state, 'master.sock'))
    const answers = await Promise.allSettled(VERBS.map(([verb, input]) => client.call(verb, input as never)))
    await daemon.close()
    return answers.map(answer => (answer.status === 'rejected' ? problemsOf(answer.reason)[0] : undefined))
  } catch (thrown) {
    return [problemsOf(thrown)[0]]
  }
}

/** Copies the state and sets a column of one row to this value, ignoring the constraints of the table. */
function planted(table: string, column: string, value: string | Buffer): string {
  const state = join(root, `case-${++count}`)
  cpSync(whole, state, { recursive: true })
  const db = new Sqlite(join(state, 'saltern.db'))
  db.pragma('ignore_check_constraints = ON')
  for (const { name } of db
    .prepare<[], { name: string }>("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    .all()) {
    db.exec(`DROP TRIGGER ${name}`)
  }
  const first = `SELECT rowid FROM ${table} ORDER BY ${column} IS NULL LIMIT 1`
  const { changes } = db.prepare(`UPDATE ${table} SET ${column} = ? WHERE rowid = (${first})`).run(value)
  db.close()
  expect(changes).toBe(1)
  return state
}

beforeAll(async () => {
  execFileSync('tar', ['xzf', ARCHIVE, '-C', root])
  // A copy: the schedule of a started master may run, which clears its last problem.
  const started = join(root, 'started')
  cpSync(whole, started, { recursive: true })
  expect((await problemsOn(started)).filter(problem => problem !== undefined)).toEqual([])
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

it.each([
  ['keys', 'roles'],
  ['join_tokens', 'roles'],
  ['jobs', 'options'],
  ['kv', 'value'],
  ['schedules', 'last_problem'],
  ['compliance', 'counts'],
  ['held_leases', 'value'],
  ['runs', 'counts'],
  ['results', 'summary'],
] as const)(
  'a malformed store value is STORE_DAMAGED with its name where it is read, and unrelated requests work: %s.%s',
  async (table, column) => {
    for (const [name, value] of Object.entries(HOSTILE)) {
      const problems = (await problemsOn(planted(table, column, value))).flatMap(problem => problem ?? [])
      for (const { code, message, hint } of problems) {
        expect({ name, code, message }).toMatchObject({ name, code: 'STORE_DAMAGED' })
        expect(message).toContain(`\`${table}.${column}\` in \`saltern.db\``)
        expect(hint).toContain('master restore')
      }
      expect(problems.length, name).toBeLessThan(VERBS.length)
    }
  },
  60_000,
)

it('a malformed log entry or blob is STORE_DAMAGED', async () => {
  for (const value of Object.values(HOSTILE).map(text => Buffer.from(text, 'latin1'))) {
    for (const [table, column] of [
      ['log', 'bytes'],
      ['blobs', 'bytes'],
    ] as const) {
      const problems = (await problemsOn(planted(table, column, value))).flatMap(problem => problem ?? [])

      expect(problems.length).toBeGreaterThan(0)
      expect(problems.map(({ code }) => code)).toEqual(problems.map(() => 'STORE_DAMAGED'))
    }
  }
})

it('the hostile store values are rejected with less than 600 MiB of memory', () => {
  expect(process.resourceUsage().maxRSS / 1024).toBeLessThan(600)
})
