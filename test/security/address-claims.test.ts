import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { chooseAllocation } from '../../master/compile/catalog/allocation-range.ts'
import { allocationRequests } from '../../master/compile/catalog/allocations.ts'
import { compileCatalog } from '../../master/compile/catalog/compile.ts'
import { certificateRequests, deriveExports } from '../../master/compile/catalog/derive.ts'
import type { CompileSubject, SharedInput } from '../../master/compile/catalog/input.ts'
import { loadLibrary, withIncluded } from '../../master/compile/role/library.ts'
import type { PillarTree } from '../../master/yaml/pillar-tree.ts'
import { encodeCatalog } from '../../protocol/catalog.ts'
import type { Grains } from '../../protocol/grains.ts'
import type { FleetId, MinionId, Sha256 } from '../../protocol/ids.ts'
import type { JsonObject } from '../../protocol/json.ts'
import { Secret } from '../../protocol/secret.ts'
import { STATES } from '../../states/index.ts'
import { createRegistry } from '../../states/registry.ts'
import { examplePillar } from '../house/readme-pillar.ts'
import { filesBelow, PROJECT } from '../house/source-files.ts'
import { GRAINS, treeOf } from '../master/compile/compile-scene.ts'

/**
 * A minion with every bundled role claims the address of each other minion in turn. Its own is 10.66.6.6; the others have
 * 10.0.0.1 and so on.
 */
const OWN = '10.66.6.6'
const HOSTILE = 'hostile' as MinionId

const library = loadLibrary(
  new Map(filesBelow(['roles'], '').flatMap(path => (path === '' ? [] : [[path, readFileSync(join(PROJECT, path))]]))),
)
const all = [...library.roles.values()].filter(({ draft }) => !draft)
const names = all.map(({ name }) => name)
/** Roles that are not singletons; of the others, only one minion of a level has each. */
const many = all.filter(({ singleton }) => !singleton).map(({ name }) => name)
const registry = createRegistry(STATES)
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2v host'

function minion(id: string, roles: readonly string[], address: string | undefined, grains: Grains): CompileSubject {
  const included = roles.flatMap(role => withIncluded(library, role).map(({ name }) => name))
  return {
    id: id as MinionId,
    level: 'staging',
    roles,
    vars: {},
    ...(address === undefined ? {} : { address }),
    addresses: address === undefined ? [] : [address],
    grains,
    pillar: treeOf(examplePillar([...new Set(included)])) as PillarTree,
  }
}

const honest = names.map((role, index) => {
  const address = `10.0.0.${index + 1}`
  return minion(`${role}1`, [role], address, { ...GRAINS, ip4: address, addresses: [address], hostname: `${role}1` })
})

/** Compiles everything that any minion could receive when the hostile one sends these grains and reports. */
function level(claims: Partial<Grains>, reports: JsonObject, address: string | undefined) {
  const hostile = minion(HOSTILE, many, address, { ...GRAINS, ip4: OWN, addresses: [OWN], ...claims })
  const bare = [...honest, hostile].sort((a, b) => (a.id < b.id ? -1 : 1))
  const members = bare.map(({ id, level: of, roles, address: at }) => ({
    id,
    level: of,
    roles: roles.flatMap(role => withIncluded(library, role).map(({ name }) => name)),
    address: at,
  }))
  const shared: SharedInput = {
    fleet: 'fleet-0001' as FleetId,
    revision: '0'.repeat(64) as Sha256,
    library,
    members,
    registry,
    mac: () => '',
    publicKey: () => 'cHVibGlj',
  }
  const subjects = bare.map((one): CompileSubject => {
    const allocations = allocationRequests(shared, one).requests.flatMap(({ allocation, range }) => {
      const value = chooseAllocation(range, [])
      return value === undefined ? [] : [[allocation, value] as const]
    })
    return { ...one, allocations: new Map(allocations) }
  })
  const keys = Object.fromEntries(
    names.map(role => [`${role}/public_key`, 'kW2v+Nq/0Yw3cCCfRnY1nS0vOv5cYwO3vAcf0X1m1Xs=']),
  )
  const reported = new Map(
    subjects.map(({ id }) => [id, { 'base/host_key': KEY, ...keys, ...(id === HOSTILE ? reports : {}) }] as const),
  )
  const derived = deriveExports(shared, subjects, reported)
  const requests = new Map(subjects.map(one => [one.id, certificateRequests(shared, one)]))
  const issued = { certificate: 'CERT', key: new Secret('key', 'certificates.x.key'), ca: 'CA' }
  const catalogs = new Map(
    subjects.map(subject => {
      const certificates = new Map((requests.get(subject.id)?.requests ?? []).map(({ name }) => [name, issued]))
      const result = compileCatalog({ ...shared, subject, ...derived, certificates })
      return [subject.id, result] as const
    }),
  )
  const others = honest.map(({ id }) => {
    const result = catalogs.get(id)
    if (result?.ok !== true) throw new Error(`${id}: ${JSON.stringify(result?.problems)}`)
    const text = [encodeCatalog(result.catalog), ...result.blobs.values()].flatMap(bytes => {
      return bytes instanceof Uint8Array ? [new TextDecoder().decode(bytes)] : []
    })
    return [id, text.join('\n')] as const
  })
  return { others: new Map(others), derived, requests, hostile: catalogs.get(HOSTILE) }
}

const calm = level({}, {}, OWN)
const victims = honest.map(({ address = '' }) => address)

it('a minion with its own address is listed in the files that bundled roles write on other minions', () => {
  const known = [...calm.others.values()].filter(text => text.includes(OWN))

  expect(known.length).toBeGreaterThan(10)
  expect(calm.requests.get(HOSTILE)?.requests.length).toBeGreaterThan(0)
  expect([...calm.derived.refused.keys()]).toEqual([])
})

it.each([victims[0], victims.at(-1), '0.0.0.0', '10.0.0.0/8', '::', 'x'])(
  'claiming the address %s in every grain changes no file, rule, list or certificate of other minions',
  victim => {
    const claims = {
      ip4: victim,
      ip6: victim,
      addresses: [victim],
      hostname: victim,
      fqdn: victim,
    } as Partial<Grains>
    const attacked = level(claims, {}, OWN)

    for (const [id, text] of calm.others) expect(attacked.others.get(id) === text, id).toBe(true)
    expect(attacked.requests.get(HOSTILE)).toEqual(calm.requests.get(HOSTILE))
    expect([...attacked.derived.refused.keys()]).toEqual([])
  },
)

it('a minion that claims and connects from a foreign address is in no rule, list or certificate with an address', () => {
  const [victim = ''] = victims
  const attacked = level({ ip4: victim, addresses: [victim], hostname: victim, fqdn: victim }, {}, undefined)
  const asked = [...(attacked.requests.get(HOSTILE)?.requests ?? [])].flatMap(({ altNames }) => altNames)

  expect(asked.filter(name => name.startsWith('IP:'))).toEqual([])
  expect(attacked.hostile?.ok).toBe(false)
  for (const [id, text] of attacked.others) {
    expect(text.includes(OWN), id).toBe(false)
    const lines = text.split(/\\n|\n/).filter(line => line.includes(HOSTILE) && line.includes(victim))
    expect(lines, id).toEqual([])
  }
})

it('a minion that reports a host key with extra content gets no line in the known hosts of others', () => {
  const attacked = level({}, { 'base/host_key': `${KEY}\nvictim,${victims[0] ?? ''} ${KEY}` }, OWN)

  for (const [id, text] of attacked.others) expect(text.includes('victim,'), id).toBe(false)
  expect(attacked.derived.pending.get('base/host_key')).toEqual([HOSTILE])
})
