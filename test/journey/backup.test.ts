import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { BackupResult, RestoreResult } from '../../master/cli/render/move.ts'
import { Scene } from './scene.ts'

const PASSPHRASE = 'the journey of a master\n'

let scene: Scene
let file: string

beforeAll(async () => {
  scene = new Scene()
  await scene.makeFleet({
    'inventory.yml': 'one: {roles: [note], level: staging}\n',
    'roles/note/role.yml': 'summary: one file\n',
  })
  scene.write({
    'roles/note/states.yml': `${scene.out}/note:\n  file.managed: {contents: "hello", ${scene.owner}}\n`,
  })
  await scene.startMaster()
  await scene.join('one')
  await scene.must(['apply', 'one'])
  file = join(scene.directory, 'master.backup')
})

afterAll(() => scene.close())

test('a backup of a running master is one encrypted file readable only by its owner', async () => {
  const result = JSON.parse(await scene.must(['--json', 'backup', file], PASSPHRASE)) as BackupResult

  expect(result).toMatchObject({ file, jobs: 1, minions: 1 })
  expect(result.keys).toBeGreaterThanOrEqual(6)
  expect(result.files).toBeGreaterThanOrEqual(6)
  expect(result.events).toBeGreaterThan(5)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect((await scene.run(['ping', 'one'])).code).toBe(0)
})

test('backup refuses a missing or short passphrase before it writes anything', async () => {
  const other = join(scene.directory, 'other.backup')
  const short = await scene.run(['backup', other], 'short\n')

  expect(`${short.code} ${short.err}`).toMatch(/^2 .*at least 8 characters/s)
  expect(() => statSync(other)).toThrow('ENOENT')
})

test('restore changes nothing for a wrong passphrase or an edited or truncated file', async () => {
  const target = join(scene.directory, 'elsewhere')
  const words = (name: string): string[] => [
    'restore',
    name,
    '--state',
    `${target}/state`,
    '--fleet',
    `${target}/fleet`,
  ]
  const bytes = readFileSync(file)
  const edited = join(scene.directory, 'edited')
  bytes[bytes.length - 30] = (bytes[bytes.length - 30] ?? 0) ^ 1
  writeFileSync(edited, bytes)
  const cut = join(scene.directory, 'cut')
  writeFileSync(cut, readFileSync(file).subarray(0, -1))

  const wrong = await scene.run(words(file), 'not the passphrase\n')
  const answers = [wrong, await scene.run(words(edited), PASSPHRASE), await scene.run(words(cut), PASSPHRASE)]

  expect(answers.map(({ code }) => code)).toEqual([2, 2, 2])
  for (const { err } of answers) expect(err).toContain('BACKUP_UNREADABLE')
  expect(() => statSync(target)).toThrow('ENOENT')
})

test('restore refuses an existing target and never replaces a running master', async () => {
  const taken = await scene.run(['restore', file], PASSPHRASE)
  const running = await scene.run(['restore', '--replace', file], PASSPHRASE)

  expect(taken.err).toMatch(/STORE_LOCKED|RESTORE_REFUSED/)
  expect(running.err).toContain('STORE_LOCKED')
  expect((await scene.run(['ping', 'one'])).code).toBe(0)
})

test('after a restore on an empty machine the minion reconnects, the history is complete, and an apply works', async () => {
  await scene.must(['apply', 'one'])
  const token = await scene.must(['join-token', 'create'])
  await scene.must(['--json', 'backup', file], PASSPHRASE)
  await scene.must(['apply', 'one'])
  const before = JSON.parse(await scene.must(['--json', 'jobs'])) as { jobs: { job: string }[] }
  await scene.kill('master')
  rmSync(scene.state, { recursive: true })
  rmSync(scene.fleet, { recursive: true })

  const restored = JSON.parse(await scene.must(['--json', 'restore', file], PASSPHRASE)) as RestoreResult
  await scene.startMaster()
  await scene.here('one')

  expect(restored).toMatchObject({ jobs: 2, minions: 1, aside: [], settings: false })
  const after = JSON.parse(await scene.must(['--json', 'jobs'])) as { jobs: { job: string }[] }
  expect(after.jobs.map(({ job }) => job)).toEqual(before.jobs.slice(1).map(({ job }) => job))
  expect(await scene.must(['report', 'one'])).toContain('1 unchanged')
  expect(await scene.must(['events'])).toContain('master-restored')
  expect((await scene.run(['apply', 'one'])).code).toBe(0)
  const late = await scene.minion('two', ['join', '--master', scene.address, '--id', 'two'], token)
  expect(late.code).toBe(1)
})

test('after a restore the cached catalog of a minion is the one of the restored master', async () => {
  scene.write({
    'roles/note/states.yml': `${scene.out}/note:\n  file.managed: {contents: "after", ${scene.owner}}\n`,
  })
  await scene.must(['apply', 'one'])
  const kept = JSON.parse(readFileSync(join(scene.minionState('one'), 'catalog.json'), 'utf8')) as {
    generation: number
    catalog: string
  }

  expect(kept.generation).toBeGreaterThan(1_000_000)
  expect(Buffer.from(kept.catalog, 'base64').toString()).toContain('after')
})

test('restore --replace moves the existing state and fleet aside', async () => {
  await scene.kill('master', 'SIGTERM')
  const restored = JSON.parse(await scene.must(['--json', 'restore', '--replace', file], PASSPHRASE)) as RestoreResult
  await scene.startMaster()
  await scene.here('one')

  expect(restored.aside).toHaveLength(2)
  for (const directory of restored.aside) expect(statSync(directory).isDirectory()).toBe(true)
})
