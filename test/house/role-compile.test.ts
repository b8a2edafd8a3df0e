import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { certificateRequests, deriveExports } from '../../master/compile/catalog/derive.ts'
import type { CompileSubject, IssuedCertificate, SharedInput } from '../../master/compile/catalog/input.ts'
import { loadLibrary, withIncluded } from '../../master/compile/role/library.ts'
import type { PillarTree } from '../../master/yaml/pillar-tree.ts'
import type { FleetId, MinionId, Sha256 } from '../../protocol/ids.ts'
import { Secret } from '../../protocol/secret.ts'
import { STATES } from '../../states/index.ts'
import { createRegistry } from '../../states/registry.ts'
import { compileScene, GRAINS, problemLines, treeOf } from '../master/compile/compile-scene.ts'
import { EXAMPLE_SECRET, examplePillar } from './readme-pillar.ts'
import { filesBelow, PROJECT, readSource } from './source-files.ts'

const files = filesBelow(['roles'], '').filter(path => path !== '')
const library = loadLibrary(new Map(files.map(path => [path, readFileSync(join(PROJECT, path))])))
const texts = Object.fromEntries(
  files.map(path => [path.slice('roles/'.length), readFileSync(join(PROJECT, path), 'utf8')]),
)
const roles = [...library.roles.keys()]
const namesOf = (role: string): readonly string[] => withIncluded(library, role).map(({ name }) => name)

/** A level in which every role has one minion, set up according to its README. */
const subjects = roles.map(
  (role, index): CompileSubject => ({
    id: `${role}1` as MinionId,
    level: 'staging',
    roles: [role],
    vars: {},
    address: `10.0.0.${index + 1}`,
    addresses: [`10.0.0.${index + 1}`],
    grains: { ...GRAINS, ip4: `10.0.0.${index + 1}` },
    pillar: treeOf(examplePillar(namesOf(role))) as PillarTree,
  }),
)
const members = subjects.map(({ id, level, address }, index) => {
  return { id, level, roles: namesOf(roles[index] ?? ''), address }
})
const shared: SharedInput = {
  fleet: 'fleet-0001' as FleetId,
  revision: '' as Sha256,
  library,
  members,
  registry: createRegistry(STATES),
  mac: () => '',
  publicKey: () => 'cHVibGlj',
}
const { exports, refused } = deriveExports(shared, subjects)

function certificatesOf(subject: CompileSubject): ReadonlyMap<string, IssuedCertificate> {
  const issued = { certificate: 'CERT', key: new Secret(`${EXAMPLE_SECRET} a key`, 'certificates.x.key'), ca: 'CA' }
  return new Map(certificateRequests(shared, subject).requests.map(({ name }) => [name, issued]))
}

it('bundled roles export the values that they declare', () => {
  expect([...refused.values()]).toEqual([])
})

it.each(subjects)(
  'the bundled role $id compiles as its README shows, to the same bytes each time and with no secret in clear text',
  one => {
    const scene = {
      roles: texts,
      input: { subject: one, exports, members, certificates: certificatesOf(one) },
    }

    const compiled = compileScene(scene)

    expect(problemLines(compiled)).toEqual(['(no problem)'])
    if (!compiled.ok) return
    expect(compiled.catalog.states.length).toBeGreaterThan(0)
    expect(JSON.stringify(compiled.catalog)).toBe(JSON.stringify((compileScene(scene) as typeof compiled).catalog))
    expect(JSON.stringify(compiled.catalog)).not.toContain(EXAMPLE_SECRET)
  },
)

it.each(roles)('the README of the role %s says what the role does and names every pillar key', role => {
  const readme = readSource(`roles/${role}/README.md`)
  const declared = [...readSource(`roles/${role}/role.yml`).matchAll(/^ {2}([a-z_]+(?:\.[a-z_]+)+):/gm)].map(
    ([, key]) => key ?? '',
  )

  expect(readme.length).toBeGreaterThan(100)
  const unnamed = declared.filter(key => !readme.includes(key))
  expect(unnamed.map(key => `roles/${role}/README.md must name the pillar key \`${key}\``)).toEqual([])
})
