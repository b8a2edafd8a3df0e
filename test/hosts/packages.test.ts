import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Packages } from '../../scripts/package/build.ts'
import { labDebs } from './debs.ts'
import { defaultCacheDir } from './lab/lab.ts'
import { must, run } from './lab/program.ts'

let debs: Packages
let unpacked: string

beforeAll(async () => {
  debs = await labDebs(defaultCacheDir(), { version: '0.0.2', compression: 'small', log: line => console.log(line) })
  unpacked = await mkdtemp(join(tmpdir(), 'saltern-packages-'))
  await must(['dpkg-deb', '--raw-extract', debs.master, join(unpacked, 'master')])
  await must(['dpkg-deb', '--raw-extract', debs.minion, join(unpacked, 'minion')])
})
afterAll(async () => {
  await rm(unpacked, { recursive: true, force: true })
})

test.concurrent.each(['master', 'minion'] as const)(
  'lintian reports nothing for the package of the %s',
  async program => {
    const { exitCode, stdout } = await run(['lintian', '--fail-on', 'error,warning', debs[program]], {
      timeoutMs: 300_000,
    })

    expect(stdout).toBe('')
    expect(exitCode).toBe(0)
  },
)

test('the packages never prompt: they have no debconf templates and no config script', async () => {
  for (const program of ['master', 'minion']) {
    const control = await readdir(join(unpacked, program, 'DEBIAN'))

    expect(control.filter(name => ['config', 'templates', 'preinst'].includes(name))).toEqual([])
  }
})

test('both packages can be installed on one machine because they share no file', async () => {
  const filesOf = async (program: string): Promise<readonly string[]> => {
    const entries = await readdir(join(unpacked, program), { recursive: true, withFileTypes: true })
    const root = join(unpacked, program).length
    return entries
      .filter(entry => !entry.isDirectory())
      .map(entry => join(entry.parentPath, entry.name).slice(root))
      .filter(path => !path.startsWith('/DEBIAN/'))
  }
  const ofMinion = new Set(await filesOf('minion'))

  expect((await filesOf('master')).filter(path => ofMinion.has(path))).toEqual([])
  expect(ofMinion.size).toBeGreaterThan(10)
})

test('the package of the minion takes at most 28 MB, with its runtime', async () => {
  expect((await stat(debs.minion)).size).toBeLessThanOrEqual(28_000_000)
})

test('both packages install completion for bash, zsh and fish', async () => {
  for (const program of ['master', 'minion']) {
    const share = join(unpacked, program, 'usr/share')
    await must(['bash', '-n', join(share, 'bash-completion/completions', program)])
    for (const path of [`zsh/vendor-completions/_${program}`, `fish/vendor_completions.d/${program}.fish`]) {
      expect((await run(['grep', '-c', program, join(share, path)])).exitCode).toBe(0)
    }
  }
})

test('the packages contain no path of the build machine', async () => {
  const project = join(import.meta.dirname, '../..')
  const lib = ['master', 'minion'].map(program => join(unpacked, program, 'usr/lib/saltern', program, 'lib'))

  expect((await run(['grep', '-rlF', project, ...lib])).stdout).toBe('')
  expect((await run(['grep', '-rlF', 'saltern', ...lib])).stdout).not.toBe('')
})
