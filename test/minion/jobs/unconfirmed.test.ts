import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { lockApply } from '../../../minion/apply/lock.ts'
import type { RestorePoint } from '../../../minion/apply/restore-point.ts'
import { buildProgram } from '../../../minion/commands.ts'
import { saveConfig } from '../../../minion/config.ts'
import { loadIdentity } from '../../../minion/identity.ts'
import { takeApplyTurn } from '../../../minion/jobs/apply-turn.ts'
import { catalogCache, type SignedCatalog } from '../../../minion/jobs/catalog-cache.ts'
import { KnownSecrets } from '../../../minion/jobs/known-secrets.ts'
import { openCached } from '../../../minion/jobs/open-cached.ts'
import { minionPaths } from '../../../minion/jobs/run-catalog.ts'
import { Runner } from '../../../minion/jobs/runner.ts'
import { loadNumbers } from '../../../minion/link/durable-state.ts'
import { type Outbox, openOutbox } from '../../../minion/link/outbox.ts'
import { spawnProgram } from '../../../minion/system/spawn.ts'
import { encodeCatalog, sha256Of } from '../../../protocol/catalog.ts'
import { AppError } from '../../../protocol/errors.ts'
import type { MinionId, RunId } from '../../../protocol/ids.ts'
import { signCatalog } from '../../../protocol/order.ts'
import type { Report } from '../../../protocol/report.ts'
import { ed25519PrivateKey, keyHash, rawPublicKey } from '../../../protocol/signature.ts'
import type { Action } from '../../../states/action.ts'
import { STATES } from '../../../states/index.ts'
import { createRegistry } from '../../../states/registry.ts'
import { until } from '../../journey/scene.ts'
import { catalogOf, keyOf } from '../apply/engine-scene.ts'

const DEAD = 'run-00000000000000000000000001' as RunId
const RUN = 'run-00000000000000000000000002' as RunId
const ID = 'web1' as MinionId
const registry = createRegistry(STATES)
const master = ed25519PrivateKey(new Uint8Array(32).fill(1))
const masterKey = Buffer.from(rawPublicKey(master)).toString('base64')

let directory: string
let state: string
/** The file changed by the dead run, and its content when a later run inspected it. */
let changed: string
let seen: string
let events: string[]

/** Creates the state directory of a joined minion with a cached catalog: one program, which copies what it finds. */
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'saltern-unconfirmed-'))
  state = join(directory, 'state')
  changed = join(directory, 'sshd_config')
  seen = join(directory, 'seen')
  events = []
  const root = 'A'.repeat(43)
  await saveConfig(state, { id: ID, master: { host: '127.0.0.1', port: 1 }, root, bootWaitMs: 0 })
  await loadIdentity(state, ID, { mayMake: true })
  await (await loadNumbers(state)).update({ masterKey })
  await catalogCache(state).save(await signedCatalog())
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

async function signedCatalog(): Promise<SignedCatalog> {
  const { identityKey } = await loadIdentity(state, ID)
  const wish = { type: 'cmd.run', name: 'look', params: { cmd: ['cp', changed, seen] } }
  const catalog = encodeCatalog(catalogOf([wish]))
  const minionKey = keyHash(rawPublicKey(identityKey))
  const claim = { fleet: 'fleet-test', minionKey, catalog: sha256Of(catalog), generation: 1 }
  return { catalog, box: undefined, generation: 1, signature: signCatalog(master, claim) }
}

/** Creates what a run leaves behind when it is killed after its change and before the confirmation. */
function dieUnconfirmed(reactions: readonly Action[] = []): void {
  writeFileSync(changed, 'new')
  const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
  const point: RestorePoint = { path: changed, was: 'file', base64: btoa('old'), mode: 0o600, ...own }
  const key = keyOf('file.managed', changed)
  const armed = { run: DEAD, states: [key], points: [point], reverts: [], reactions }
  writeFileSync(minionPaths(state).confirm, JSON.stringify(armed))
  const declared = { key, type: 'file.managed', id: 'sshd', name: changed, role: 'test', declaredAt: [] }
  const head = {
    run: DEAD,
    minion: ID,
    test: false,
    origin: 'order',
    catalog: sha256Of(''),
    generation: 1,
    bootId: 'b',
  }
  const at = new Date().toISOString()
  mkdirSync(minionPaths(state).journal, { recursive: true })
  const lines = [{ head: { ...head, startedAt: at, states: [declared] } }, { begin: key, at: Date.now() }]
  const text = lines.map(line => `${JSON.stringify(line)}\n`).join('')
  writeFileSync(join(minionPaths(state).journal, `${DEAD}.jsonl`), text)
}

async function applyCached(...words: readonly string[]): Promise<void> {
  await minion(['apply', '--cached', ...words], new AbortController().signal)
}

async function minion(words: readonly string[], signal: AbortSignal): Promise<void> {
  const program = buildProgram({
    version: '1',
    signal,
    leave: new AbortController().signal,
    print: () => undefined,
    log: event => events.push(event),
    readSecret: () => Promise.resolve(''),
    setExitCode: () => undefined,
    notifyReady: async () => void events.push('ready'),
  })
  await program.parseAsync(['node', 'minion', '--state', state, ...words])
}

async function runOrder(): Promise<void> {
  const cache = catalogCache(state)
  const identity = await loadIdentity(state, ID)
  const runner = new Runner({
    stateDirectory: state,
    registry,
    cache,
    outbox: openOutbox(minionPaths(state).outbox),
    secrets: new KnownSecrets(),
    bootId: 'b',
    now: Date.now,
    probe: () => Promise.resolve(),
    link: { send: () => true, offerReports: () => Promise.resolve() },
    log: event => events.push(event),
  })
  const open = async () => openCached((await cache.load()) as SignedCatalog, masterKey, { identity, registry })
  await runner.enqueue({ run: RUN, job: undefined, test: false, origin: 'order', open })
  await runner.idle()
}

/** Recovers like a starting agent or a starting run. */
async function recover(outbox: Outbox = openOutbox(minionPaths(state).outbox), known = ''): Promise<void> {
  const secrets = { all: [known] }
  const deps = { stateDirectory: state, cache: catalogCache(state), outbox, secrets, now: Date.now }
  const wait = { signal: new AbortController().signal, onWait: () => undefined }
  const release = await takeApplyTurn({ ...deps, log: event => events.push(event) }, wait)
  await release()
}

/** An outbox that has no room for its next report. */
function fullOnce(): Outbox {
  const outbox = openOutbox(minionPaths(state).outbox)
  let isFull = true
  return {
    ...outbox,
    put: (run, bytes) => {
      if (!isFull) return outbox.put(run, bytes)
      isFull = false
      return Promise.reject(new AppError({ code: 'DISK_FULL', message: 'no space is left' }))
    },
  }
}

async function reportOf(run: RunId): Promise<Report | undefined> {
  const bytes = await openOutbox(minionPaths(state).outbox).read(run)
  return bytes === undefined ? undefined : (JSON.parse(new TextDecoder().decode(bytes)) as Report)
}

/** Expects that the dead run was reported and its change rolled back. */
async function expectReverted(): Promise<void> {
  expect(readFileSync(changed, 'utf8')).toBe('old')
  expect(await reportOf(DEAD)).toMatchObject({
    state: 'failed',
    problem: { code: 'RUN_INTERRUPTED' },
    results: [{ id: 'sshd', outcome: 'reverted', problem: { code: 'NOT_CONFIRMED' } }],
  })
}

it('an unconfirmed change is reverted by `minion apply --cached` before its first state, and the dead run is reported', async () => {
  dieUnconfirmed()
  await applyCached()

  expect(readFileSync(seen, 'utf8')).toBe('old')
  await expectReverted()
  expect(events).toContain('change-reverted')
})

it('an unconfirmed change is also reverted by `minion apply --cached --test` before its dry run', async () => {
  dieUnconfirmed()
  await applyCached('--test')

  await expectReverted()
})

it('an unconfirmed change is reverted before an order is run by an agent that was running all the time', async () => {
  dieUnconfirmed()
  await runOrder()

  expect(readFileSync(seen, 'utf8')).toBe('old')
  expect(await reportOf(RUN)).toMatchObject({ state: 'done' })
  await expectReverted()
})

it('an unconfirmed change is reverted by a running agent even without an order', async () => {
  writeFileSync(join(state, 'boot-id'), readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim())
  const stop = new AbortController()
  const agent = minion(['start'], stop.signal)
  await until('the agent looks for its master', () => events.some(event => event.startsWith('link-')))
  dieUnconfirmed()
  await until('the run is reported', async () => (await reportOf(DEAD)) !== undefined)
  stop.abort()
  await agent

  await expectReverted()
})

it('an unconfirmed change stays while the process that waits for confirmation lives, and `minion apply --cached` waits', async () => {
  dieUnconfirmed()
  const { lock, confirm, journal } = minionPaths(state)
  const release = await lockApply(lock, { signal: new AbortController().signal, onWait: () => undefined })
  const applying = applyCached()
  await until('it waits', () => events.includes('run-waits'))
  const during = readFileSync(changed, 'utf8')
  // The change was confirmed.
  rmSync(confirm)
  rmSync(join(journal, `${DEAD}.jsonl`))
  await release()
  await applying

  expect(during).toBe('new')
  expect(readFileSync(seen, 'utf8')).toBe('new')
})

it('an unconfirmed change is reverted once and reported, even when the first report found no disk space', async () => {
  const marks = join(directory, 'marks')
  dieUnconfirmed([{ do: 'run', summary: 'reload', argv: ['sh', '-c', `echo reloaded >> ${marks}`] }])
  const outbox = fullOnce()
  await expect(recover(outbox)).rejects.toMatchObject({ problems: [{ code: 'DISK_FULL' }] })
  await recover(outbox)

  await expectReverted()
  expect(readFileSync(marks, 'utf8')).toBe('reloaded\n')
  expect(readdirSync(state).filter(name => /confirm|reverted/.test(name))).toEqual([])
})

it('the report of a reverted change masks secrets in the output of a service that fails to start again', async () => {
  dieUnconfirmed([{ do: 'run', summary: 'start', argv: ['sh', '-c', 'echo password is geheim-77 >&2; exit 3'] }])
  await recover(undefined, 'geheim-77')

  expect((await reportOf(DEAD))?.results[0]?.problem?.message).toMatch(
    /some changes could not be reverted: .*password is \*\*\*/s,
  )
})

it.runIf(process.getuid?.() === 0)(
  'an unconfirmed change is reverted as soon as there is room for its file',
  async () => {
    const disk = join(directory, 'disk')
    mkdirSync(disk)
    await spawnProgram(['mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk])
    try {
      changed = join(disk, 'sshd_config')
      dieUnconfirmed()
      writeFileSync(join(disk, 'filler'), new Uint8Array(60 * 1024))
      await expect(recover()).rejects.toMatchObject({ problems: [{ code: 'DISK_FULL' }] })
      const during = readFileSync(changed, 'utf8')
      rmSync(join(disk, 'filler'))
      await recover()

      expect(during).toBe('new')
      await expectReverted()
    } finally {
      expect((await spawnProgram(['umount', disk])).exitCode).toBe(0)
    }
  },
)

it('an unconfirmed change does not keep the agent from being ready while another process applies', async () => {
  const { lock } = minionPaths(state)
  const release = await lockApply(lock, { signal: new AbortController().signal, onWait: () => undefined })
  const stop = new AbortController()
  const agent = minion(['start'], stop.signal)
  await until('the agent is ready', () => events.includes('ready'))
  const before = [...events]
  stop.abort()
  await agent
  await release()

  expect(before).toContain('recovery-waits')
})

it('no run starts while an unconfirmed change cannot be read', async () => {
  dieUnconfirmed()
  writeFileSync(minionPaths(state).confirm, '{')

  await expect(applyCached()).rejects.toMatchObject({ problems: [{ code: 'STATE_DAMAGED' }] })
  expect(() => readFileSync(seen)).toThrow('ENOENT')
})
