import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { grantableOf } from '../../../master/access/verb-right.ts'
import { initFleet } from '../../../master/fleet/init.ts'
import { assign } from '../../../master/fleet/inventory.ts'
import { type Fleet, loadFleet } from '../../../master/fleet/load.ts'
import { loadPillar, pillarFor } from '../../../master/pillar/for-minion.ts'
import { RIGHTS } from '../../../master/verbs/rights.ts'
import { AppError } from '../../../protocol/errors.ts'

const PROJECT = join(import.meta.dirname, '../../..')
const BUNDLED = join(PROJECT, 'roles')
let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'saltern-fleet-'))
})
afterEach(async () => {
  await rm(directory, { recursive: true, force: true })
})

async function lay(files: { readonly [path: string]: string }): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true })
    await writeFile(join(directory, path), text)
  }
}

async function problemsOf(loading: Promise<Fleet>): Promise<readonly string[]> {
  try {
    await loading
    return ['(no problem)']
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return error.problems.map(({ code, message, source, hint }) => {
      const where = source === undefined ? '' : `${source.file}:${source.line}:${source.column} `
      return `${where}${code} ${message.replaceAll(directory, 'DIR')} | ${(hint ?? '').replaceAll(directory, 'DIR')}`
    })
  }
}

const FLEET = 'id: 0123456789abcdef\nlevels: [staging]\n'

it('the fleet directory shown in docs/fleet.md loads', async () => {
  const page = await readFile(join(PROJECT, 'docs/fleet.md'), 'utf8')
  const shown = [...page.matchAll(/```yaml (\S+)\n(.*?)```/gs)].map(([, path = '', text = '']) => [path, text])
  await lay({ ...Object.fromEntries(shown), 'pillar/db.yml': 'site: {more: 2}\n' })

  const fleet = await loadFleet(directory, BUNDLED, grantableOf(RIGHTS))
  const pillar = loadPillar(path => new TextDecoder().decode(fleet.files.get(path)), { fleet: fleet.id, keys: [] })

  expect(shown).toHaveLength(4)
  expect(assign(fleet.inventory, 'web7')).toEqual({
    roles: ['base'],
    level: 'production',
    vars: { rack: 'a' },
    addresses: [],
    withheld: [],
  })
  expect(assign(fleet.inventory, 'db2', { roles: ['base'], level: 'production' })).toEqual({
    roles: ['base', 'db'],
    level: 'staging',
    vars: {},
    addresses: ['10.0.0.12', '2001:db8::12'],
    withheld: [],
  })
  expect(pillar.problems).toEqual([])
  const seen = pillarFor(pillar, { id: 'db2', roles: ['base', 'db'], level: 'staging' }).entries.get('site')
  expect(seen?.kind === 'map' ? [...seen.entries.keys()] : []).toEqual(['title', 'ports', 'more'])
})

it('`master init` creates a complete fleet directory and never writes into a non-empty one', async () => {
  const fresh = join(directory, 'fresh')
  await initFleet(fresh, '0123456789abcdef')
  await lay({ 'used/file': 'mine' })

  expect((await loadFleet(fresh, BUNDLED, grantableOf(RIGHTS))).id).toBe('0123456789abcdef')
  await expect(initFleet(join(directory, 'used'), '0123456789abcdef')).rejects.toMatchObject({
    code: 'FLEET_NOT_EMPTY',
  })
  expect(await readdir(join(directory, 'used'))).toEqual(['file'])
  expect((await readdir(directory)).sort()).toEqual(['fresh', 'used'])
})

it('a fleet directory that is missing, is a file or has no fleet.yml is reported with a hint', async () => {
  await lay({ file: 'x', 'empty/inventory.yml': '' })

  expect(await problemsOf(loadFleet(join(directory, 'none'), BUNDLED, grantableOf(RIGHTS)))).toEqual([
    'FLEET_UNREADABLE cannot read `DIR/none`: it does not exist | Create a fleet with `master init DIR/none`, or choose another directory with `--fleet`.',
  ])
  expect(await problemsOf(loadFleet(join(directory, 'file'), BUNDLED, grantableOf(RIGHTS)))).toEqual([
    'FLEET_UNREADABLE `DIR/file` must be a fleet directory, but it is a file | Name the directory that holds `fleet.yml`: `master start --fleet DIR`.',
  ])
  expect(await problemsOf(loadFleet(join(directory, 'empty'), BUNDLED, grantableOf(RIGHTS)))).toEqual([
    'FLEET_UNREADABLE `DIR/empty` has no `fleet.yml`: it is not a fleet directory | Create one with `master init DIR/empty`.',
  ])
})

it('a symlink that leads out of the fleet directory is rejected', async () => {
  await lay({ 'fleet.yml': FLEET, 'roles/app/states.yml': '' })
  await symlink('/etc/passwd', join(directory, 'roles/app/stolen'))

  const { files, broken } = await loadFleet(directory, BUNDLED, grantableOf(RIGHTS))

  expect(files.has('roles/app/stolen')).toBe(false)
  expect([...broken]).toEqual([
    [
      'roles/app/stolen',
      {
        code: 'FLEET_UNREADABLE',
        message: `\`${directory}/roles/app/stolen\` is a symbolic link that points outside of the fleet, to \`/etc/passwd\``,
        hint: 'Copy the file into the fleet.',
      },
    ],
  ])
})

it('all errors of a fleet directory are reported at once, such as unknown roles, levels, keys and ids', async () => {
  await lay({
    'fleet.yml': FLEET,
    'inventory.yml': 'db1: {roles: [mastrdb], level: staging}\nWeb: {}\nweb1: {rolls: [base], level: stagin}\n',
  })

  expect(await problemsOf(loadFleet(directory, BUNDLED, grantableOf(RIGHTS)))).toEqual([
    'inventory.yml:2:1 FLEET_INVALID `Web` is neither a minion id nor a glob of ids | For example, write `db1` or `"db*"`.',
    'inventory.yml:3:8 FLEET_INVALID `web1` has no key `rolls` | Did you mean `roles`?',
    'inventory.yml:3:30 FLEET_INVALID `stagin` is not a level of this fleet | Use one of staging, or add it to fleet.yml.',
    'inventory.yml:1:15 ROLE_UNKNOWN there is no role `mastrdb` | Did you mean `masterdb`?',
  ])
})
