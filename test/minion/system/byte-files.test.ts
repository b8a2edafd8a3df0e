import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { diffOf } from '../../../minion/apply/text-diff.ts'
import { appliedValues } from '../../../minion/system/applied-values.ts'
import { linuxSystem } from '../../../minion/system/linux.ts'
import { sha256Of } from '../../../protocol/catalog.ts'
import type { JsonObject } from '../../../protocol/json.ts'
import type { State } from '../../../states/define.ts'
import { fileBlockreplace } from '../../../states/file/blockreplace.ts'
import { fstabEntry, withFstabEntry } from '../../../states/lib/fstab.ts'
import { sysctlIn, withSysctl } from '../../../states/lib/sysctl-file.ts'
import { sshAuthAbsent } from '../../../states/ssh_auth/absent.ts'
import { sshAuthPresent } from '../../../states/ssh_auth/present.ts'
import type { System } from '../../../states/system.ts'
import { valueRead } from '../../../states/value/read.ts'
import { bindState } from '../../fake/apply-state.ts'

interface Host {
  readonly system: System
  readonly directory: string
  /** Writes a file of the host; its bytes are given as Latin-1. */
  readonly lay: (name: string, bytes: string) => Promise<string>
}

async function realHost(): Promise<Host> {
  const directory = await mkdtemp(join(tmpdir(), 'saltern-bytes-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const system = linuxSystem({
    applied: appliedValues(join(directory, 'state')),
    blobPath: hash => join(directory, hash),
    signal: () => undefined,
  })
  return {
    system,
    directory,
    async lay(name, bytes) {
      await writeFile(join(directory, name), bytes, 'latin1')
      return join(directory, name)
    },
  }
}

/** Applies a state and returns the diffs; expects that nothing is left to do afterwards. */
async function apply({ system }: Host, state: State, params: JsonObject): Promise<string> {
  const bound = bindState(state, params)
  const { actions } = await bound.inspect(system)
  const diffs: string[] = []
  for (const action of actions) {
    diffs.push((await diffOf(action, system)) ?? '')
    await system.perform(action)
  }
  expect((await bound.inspect(system)).actions).toEqual([])
  return diffs.join('')
}

const user = process.env['USER'] ?? 'root'

it('blockreplace in a file that is not UTF-8 keeps every other byte, and the diff shows the byte', async () => {
  const host = await realHost()
  const path = await host.lay('latin', 'caf\xe9\n')

  const diff = await apply(host, fileBlockreplace, { name: path, contents: 'Müller\n' })

  expect(await readFile(path, 'latin1')).toBe(`caf\xe9\n# Saltern: from here\nM\xc3\xbcller\n# Saltern: to here\n`)
  expect(diff).toContain(' caf\\xe9\n')
  expect(diff.isWellFormed()).toBe(true)
})

it('blockreplace keeps the bytes of a source file that is not UTF-8', async () => {
  const host = await realHost()
  const path = await host.lay('target', 'a\n')
  const bytes = Buffer.from('na\xefve\n', 'latin1')
  await writeFile(join(host.directory, sha256Of(bytes)), bytes)

  await apply(host, fileBlockreplace, { name: path, contents: { blob: sha256Of(bytes), size: bytes.length } })

  expect(await readFile(path, 'latin1')).toBe('a\n# Saltern: from here\nna\xefve\n# Saltern: to here\n')
})

it('adding and removing a key in an authorized_keys file that is not UTF-8 keeps its other lines', async () => {
  const host = await realHost()
  const blob = 'AAAAC3NzaC1lZDI1NTE5AAAAIJ6m2qk5N9e3jGk0O9bYt8b0Wc5jY0cVb2xKzQm1n1aC'
  await mkdir(join(host.directory, 'keys'))
  const path = await host.lay('keys/bob', '# caf\xe9\n')
  const params = { name: `ssh-ed25519 ${blob} x@y`, user, config: path }

  await apply(host, sshAuthPresent, params)
  expect(await readFile(path, 'latin1')).toBe(`# caf\xe9\nssh-ed25519 ${blob} x@y\n`)

  await apply(host, sshAuthAbsent, params)
  expect(await readFile(path, 'latin1')).toBe('# caf\xe9\n')
})

it('changing sysctl settings and fstab in files that are not UTF-8 keeps the other lines', async () => {
  const host = await realHost()
  const path = await host.lay('table', '# caf\xe9\nnet.x = 0\n')
  const text = (await host.system.readText(path)) ?? ''
  const entry = { device: 'tmpfs', path: '/mnt/t', fstype: 'tmpfs', options: 'defaults', dump: 0, pass: 0 }

  for (const [content, expected] of [
    [withSysctl(text, 'net.x', '1'), '# caf\xe9\nnet.x = 1\n'],
    [withFstabEntry(text, '/mnt/t', entry), '# caf\xe9\nnet.x = 0\ntmpfs /mnt/t tmpfs defaults 0 0\n'],
  ] as const) {
    await host.system.perform({ do: 'write-file', path, content, mode: '0644', showDiff: true })
    expect(await readFile(path, 'latin1')).toBe(expected)
    expect(await host.system.sha256(path)).toBe(host.system.digest(content))
  }
  expect(sysctlIn(text, 'net.x')).toBe('0')
  expect(fstabEntry(text, '/mnt/t')).toBeUndefined()
})

it('text that is not UTF-8 is passed to a program unchanged', async () => {
  const host = await realHost()
  const path = await host.lay('latin', 'caf\xe9')

  const stdin = (await host.system.readText(path)) ?? ''
  const { stdout } = await host.system.query(['od', '-An', '-tx1'], { stdin })

  expect(stdout.trim()).toBe('63 61 66 e9')
})

it('a value from a file that is not UTF-8 is not reported because its bytes would change', async () => {
  const host = await realHost()
  const path = await host.lay('latin', 'caf\xe9\n')

  await expect(bindState(valueRead, { name: 'x', file: path }).inspect(host.system)).rejects.toMatchObject({
    problems: [{ code: 'VALUE_MISSING', message: expect.stringContaining('UTF-8') }],
  })
})
