import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { unsetWarnings } from '../../../master/compile/catalog/unset-warnings.ts'
import { loadLibrary } from '../../../master/compile/role/library.ts'
import type { PillarTree } from '../../../master/yaml/pillar-tree.ts'
import type { MinionId } from '../../../protocol/ids.ts'
import { compileScene, type PillarMap, problemLines, treeOf } from './compile-scene.ts'

const FIREWALL = resolve(import.meta.dirname, '../../../roles/firewall')
const PATHS = ['role.yml', 'states.yml', 'templates/fleet.nft.hbs', 'templates/nftables.conf.hbs']
const roles = Object.fromEntries(
  [...PATHS, 'templates/nftables.service.hbs'].map(path => [
    `firewall/${path}`,
    readFileSync(join(FIREWALL, path), 'utf8'),
  ]),
)
const library = loadLibrary(
  new Map(Object.entries(roles).map(([path, text]) => [`roles/${path}`, new TextEncoder().encode(text)])),
)
const minion = (id: string, pillar: PillarMap) => ({
  id: id as MinionId,
  roles: ['firewall'],
  pillar: treeOf(pillar) as PillarTree,
})

/** Returns the lines about sshd in the table of a minion with this pillar. */
function ssh(pillar: PillarMap): string {
  const compiled = compileScene({ roles, assigned: ['firewall'], pillar })
  expect(problemLines(compiled)).toEqual(['(no problem)'])
  if (!compiled.ok) return ''
  const texts = [...compiled.blobs.values()].flatMap(content =>
    content instanceof Uint8Array ? [new TextDecoder().decode(content)] : [],
  )
  const table = [JSON.stringify(compiled.catalog.states), ...texts].find(text => text.includes('chain input')) ?? ''
  return table
    .split(/\n|\\n/)
    .filter(line => /ssh/.test(line))
    .map(line => line.trim().replaceAll('\\"', '"'))
    .join('\n')
}

it('an unset firewall.ssh_from lets anyone reach sshd, and the rule says so', () => {
  expect(ssh({})).toBe('# Anyone may reach sshd: `firewall.ssh_from` is not set.\ntcp dport 22 accept comment "ssh"')
})

it('an empty firewall.ssh_from lets nobody reach sshd, and the rule says so', () => {
  expect(ssh({ firewall: { ssh_from: [] } })).toBe(
    '# Nobody may reach sshd: `firewall.ssh_from` is `[]`. `master ssh` works all the same.',
  )
})

it('firewall.ssh_from lets only the listed IPv4 and IPv6 networks reach sshd', () => {
  expect(ssh({ firewall: { ssh_from: ['198.51.100.0/24', '2001:db8::/64'] } })).toBe(
    'ip saddr 198.51.100.0/24 tcp dport 22 accept comment "ssh"\nip6 saddr 2001:db8::/64 tcp dport 22 accept comment "ssh"',
  )
})

it('an unset firewall.ssh_from causes one lint warning with the number of minions', () => {
  const ids = Array.from({ length: 5 }, (_, at) => `web${at + 1}`)
  const subjects = [minion('db1', { firewall: { ssh_from: [] } }), ...ids.map(id => minion(id, {}))]

  expect(unsetWarnings(library, subjects)).toMatchObject([
    {
      code: 'PILLAR_UNSET',
      message: expect.stringMatching(
        /^`firewall\.ssh_from` is not set for web1, web2, web3 and 2 more: Anyone may reach sshd/,
      ),
      source: { file: 'roles/firewall/role.yml' },
    },
  ])
  expect(unsetWarnings(library, subjects.slice(0, 1))).toEqual([])
})

it('`unset_warning` on a pillar key that is not optional is rejected', () => {
  const role = 'summary: x\npillar:\n  app.key: {type: text, default: x, unset_warning: text}\n'
  const compiled = compileScene({ roles: { 'app/role.yml': role, 'app/states.yml': '' } })

  expect(problemLines(compiled).join()).toContain('`unset_warning` is for a key with `optional: true`')
})
