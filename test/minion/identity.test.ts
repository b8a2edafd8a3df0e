import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { identityFingerprint, loadIdentity } from '../../minion/identity.ts'
import { minionId } from '../../protocol/ids.ts'

const id = minionId('db1')

let state: string
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'saltern-identity-'))
})
afterEach(() => rm(state, { recursive: true, force: true }))

it('the identity of a minion is created once and then stays the same', async () => {
  const first = identityFingerprint(await loadIdentity(state, id))

  expect(identityFingerprint(await loadIdentity(state, id))).toBe(first)
})

it('concurrent starts create only one identity', async () => {
  const made = await Promise.all(Array.from({ length: 10 }, () => loadIdentity(state, id)))

  expect(new Set(made.map(identityFingerprint)).size).toBe(1)
})

it('the identity of a minion is stored in files only its owner can read, with the fingerprint next to the keys', async () => {
  await loadIdentity(state, id)

  const directory = join(state, 'identity')
  expect((await readdir(directory)).sort()).toEqual(['fingerprint', 'identity.key', 'sealing.key'])
  expect((await stat(directory)).mode & 0o777).toBe(0o700)
  for (const name of await readdir(directory)) expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600)
})

it('the identity of a minion can be created after a process died while it wrote the key', async () => {
  const source = new URL('../../minion/identity.ts', import.meta.url).href
  const program = `const { loadIdentity } = await import('${source}'); await loadIdentity('${state}', 'db1')`
  // With a file size limit of 0, creating a file works but writing to it does not.
  const died = spawnSync('prlimit', ['--fsize=0', process.execPath, '--input-type=module', '-e', program])
  expect(died.error).toBeUndefined()
  expect(died.status).not.toBe(0)

  await expect(loadIdentity(state, id)).resolves.toMatchObject({ id })
})
