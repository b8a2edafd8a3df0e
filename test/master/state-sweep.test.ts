import { execFileSync } from 'node:child_process'
import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createClient } from '../../master/api/client.ts'
import { configFrom, type MasterConfig } from '../../master/config.ts'
import { startDaemon } from '../../master/daemon.ts'
import { openStore } from '../../master/store/open.ts'
import { sha256Of } from '../../protocol/catalog.ts'
import { type Problem, problemsOf } from '../../protocol/errors.ts'
import { DAMAGES, damage, filesIn, HOSTILE, stateRows } from '../minion/state-rows.ts'

const ARCHIVE = resolve(import.meta.dirname, '../cases/upgrade/release-38d7810.tar.gz')
const root = mkdtempSync(join(tmpdir(), 'saltern-sweep-'))
const whole = join(root, 'master')
const rows = stateRows('Master')
let entries = 0

/** Uses no settings file. */
function configOf(state: string, newStore = false): Promise<MasterConfig> {
  const flags = { state, fleet: join(root, 'fleet'), listen: '127.0.0.1:0', newStore }
  return configFrom('', 'master.yml', flags, {})
}

/** Starts and stops a master on the state; returns its problem, if any. */
async function start(state: string, newStore = false): Promise<Problem | undefined> {
  try {
    const daemon = await startDaemon(await configOf(state, newStore), '1')
    await daemon.close()
    return undefined
  } catch (thrown) {
    return problemsOf(thrown)[0]
  }
}

let count = 0
function copy(): string {
  const state = join(root, `case-${++count}`)
  cpSync(whole, state, { recursive: true })
  return state
}

beforeAll(async () => {
  execFileSync('tar', ['xzf', ARCHIVE, '-C', root])
  // The main database file has all commits except the last ones, which are in the write-ahead log of a killed master.
  expect(await start(whole)).toBeUndefined()
  const killed = join(root, 'killed')
  const store = openStore(whole, { now: Date.now })
  entries = store.log.lastSeq()
  writeFileSync(join(whole, 'last-backup'), '2026-11-21T00:00:00.000Z\n')
  const large = join(root, 'large')
  writeFileSync(large, 'a large file')
  await store.blobFiles.add({ path: large, sha256: sha256Of(readFileSync(large)), size: 12 })
  for (let i = 0; i < 20; i++) store.log.append({ type: 'master-started', version: '1', pid: i })
  cpSync(whole, killed, { recursive: true })
  store.close()
  for (const name of ['saltern.db-wal', 'saltern.db-shm', 'saltern.db', 'lock.db-journal', 'master.pid']) {
    copyFileSync(join(killed, name), join(whole, name))
  }
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

it('every file in the state directory of a master, including those that a start creates, has a row in docs/state-directories.md', async () => {
  const state = copy()
  await start(state)
  const files = [...new Set([...filesIn(whole), ...filesIn(state)])]
  const sockets = ['master.sock', 'operators/<name>']

  expect(files.filter(file => !rows.some(({ matches }) => matches(file)))).toEqual([])
  expect(rows.filter(({ matches }) => !files.some(matches)).map(({ file }) => file)).toEqual(sockets)
})

it.each(rows.filter(({ file }) => !/sock|operators/.test(file)))(
  'a damaged or foreign file of the state directory is rebuilt, dropped, or an error that names it: $file',
  async ({ file, matches, says }) => {
    const path = filesIn(whole).find(matches) ?? ''
    for (const how of [...DAMAGES, ...Object.keys(HOSTILE)]) {
      const state = copy()
      // Remove the write-ahead log, whose pages would replace damaged ones: the damage to the file itself must show.
      if (file === 'saltern.db') for (const name of ['saltern.db-wal', 'saltern.db-shm']) rmSync(join(state, name))
      damage(join(state, path), how)
      const problem = await start(state)
      const seen = `${path} ${how}: ${JSON.stringify(problem)}`
      const wanted = says[how] ?? ''
      if (/^[A-Z_]+$/.test(wanted)) {
        expect(problem?.code, seen).toBe(wanted)
        expect(problem?.message, seen).toContain(join(state, path))
        expect(problem?.hint, seen).toBeDefined()
        continue
      }
      expect(problem, seen).toBeUndefined()
      const store = openStore(state, { now: Date.now })
      expect(store.log.lastSeq(), seen).toBeGreaterThanOrEqual(entries)
      expect(store.log.verify(), seen).toMatchObject({ ok: true })
      expect(await store.integrity(), seen).toEqual([])
      store.close()
    }
  },
  300_000,
)

it('on SIGTERM the master answers clients that follow events before it closes the store, and no verb runs after that', async () => {
  const state = copy()
  const socket = join(state, 'master.sock')
  const daemon = await startDaemon(await configOf(state), '1')
  const { promise: heard, resolve } = Promise.withResolvers<unknown>()
  const following = createClient(socket).call('events', { after: 0, limit: 1, follow: true }, resolve)
  await heard
  const [ended] = await Promise.allSettled([following, daemon.close()])

  expect(ended).toMatchObject({ status: 'rejected', reason: { code: 'MASTER_STOPPING' } })
})

it('a missing identity next to a store with a history is an error, and no new one is created', async () => {
  const state = copy()
  rmSync(join(state, 'identity'), { recursive: true })

  expect(await start(state)).toMatchObject({ code: 'IDENTITY_MISSING', message: expect.stringContaining('identity') })
  expect(filesIn(state).some(name => name.startsWith('identity/'))).toBe(false)
})

it('an identity without its store is an error unless an empty store is explicitly requested', async () => {
  const state = copy()
  for (const name of ['saltern.db', 'saltern.db-wal', 'saltern.db-shm']) rmSync(join(state, name))

  expect(await start(state)).toMatchObject({ code: 'STORE_EMPTY' })
  expect(await start(state)).toMatchObject({ code: 'STORE_EMPTY' })
  expect(await start(state, true)).toBeUndefined()
  expect(await start(state)).toBeUndefined()
})
