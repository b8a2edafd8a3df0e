import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { initFleet } from '../../../master/fleet/init.ts'
import { assign, parseInventory } from '../../../master/fleet/inventory.ts'
import { loadFleet } from '../../../master/fleet/load.ts'

let scratch = ''
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'saltern-fleet-'))
  await mkdir(join(scratch, 'bundled/roles/db'), { recursive: true })
  await writeFile(join(scratch, 'bundled/roles/db/states.yml'), '{}\n')
})
afterEach(async () => rm(scratch, { recursive: true, force: true }))

const load = () => loadFleet(join(scratch, 'fleet'), join(scratch, 'bundled/roles'))

describe('a fleet directory', () => {
  it('freshly made is read with the bundled roles', async () => {
    await initFleet(join(scratch, 'fleet'), 'fleet-0001')
    const fleet = await load()
    expect(fleet).toMatchObject({ id: 'fleet-0001', name: 'fleet', levels: ['production', 'staging'], roles: ['db'] })
    expect((await load()).revision).toBe(fleet.revision)
  })

  it('that is not empty is left as it is', async () => {
    await mkdir(join(scratch, 'fleet'))
    await writeFile(join(scratch, 'fleet/mine'), '')
    await expect(initFleet(join(scratch, 'fleet'), 'fleet-0001')).rejects.toThrow(
      'shall be new or empty, it holds `mine`',
    )
    expect(await readdir(join(scratch, 'fleet'))).toEqual(['mine'])
    expect((await readdir(scratch)).sort()).toEqual(['bundled', 'fleet'])
  })

  it('that is missing is named', async () => {
    await expect(load()).rejects.toThrow(`cannot read \`${join(scratch, 'fleet')}\`: it does not exist`)
  })

  it('that is a file is named', async () => {
    await writeFile(join(scratch, 'fleet'), '')
    await expect(load()).rejects.toThrow('shall be a fleet directory, it is a file')
  })

  it('with a link that leads out is refused', async () => {
    await initFleet(join(scratch, 'fleet'), 'fleet-0001')
    await symlink('/etc/hostname', join(scratch, 'fleet/pillar/out.yml'))
    await expect(load()).rejects.toThrow('is a link that leads out of the fleet')
  })

  it('with a role nobody has names the nearest', async () => {
    await initFleet(join(scratch, 'fleet'), 'fleet-0001')
    await writeFile(join(scratch, 'fleet/inventory.yml'), 'db1: {roles: [dbb]}\n')
    await expect(load()).rejects.toMatchObject({
      problems: [
        {
          code: 'ROLE_UNKNOWN',
          message: 'there is no role `dbb`; there are db',
          source: { file: 'inventory.yml', line: 1, column: 15 },
          hint: 'Did you mean `db`?',
        },
      ],
    })
  })
})

describe('the inventory', () => {
  it('adds roles up and lets the own entry have the last word', () => {
    const { entries, problems } = parseInventory(
      'db1: {roles: [masterdb], level: production}\n"db*": {roles: [db], level: staging, vars: {rack: a}}\n',
      ['production', 'staging'],
    )
    expect(problems).toEqual([])
    expect(assign(entries, 'db1', { roles: ['base'], level: 'staging' })).toEqual({
      roles: ['base', 'db', 'masterdb'],
      level: 'production',
      vars: { rack: 'a' },
      ip4: undefined,
    })
  })

  it('tells all that is wrong at once', () => {
    const { problems } = parseInventory('db1: {role: [db], level: moon}\n', ['staging'])
    expect(problems).toMatchObject([
      { message: '`db1` has no key `role`', hint: 'Did you mean `roles`?', source: { line: 1, column: 7 } },
      { message: '`moon` is no level of this fleet', source: { line: 1, column: 26 } },
    ])
  })
})
