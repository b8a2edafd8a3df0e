import { deriveExports } from '../../../master/compile/catalog/derive.ts'
import type { CompileSubject, SharedInput } from '../../../master/compile/catalog/input.ts'
import { loadLibrary } from '../../../master/compile/role/library.ts'
import type { FleetId, MinionId, Sha256 } from '../../../protocol/ids.ts'
import type { Json } from '../../../protocol/json.ts'
import { STATES } from '../../../states/index.ts'
import { createRegistry } from '../../../states/registry.ts'
import { GRAINS, type PillarMap, treeOf } from './compile-scene.ts'

/** The minion claims 10.0.0.1 in its grains; its real addresses are 10.6.6.6 and 10.7.0.0/16. */
const CLAIMED = { ...GRAINS, ip4: '10.0.0.1', addresses: ['10.0.0.1'], hostname: '10.0.0.1' }
export const OWN = ['10.6.6.6', '10.7.0.0/16']

export function shared(role: string): SharedInput {
  return {
    fleet: 'fleet-0001' as FleetId,
    revision: '0'.repeat(64) as Sha256,
    library: loadLibrary(new Map([['roles/db/role.yml', new TextEncoder().encode(role)]])),
    members: [],
    registry: createRegistry(STATES),
    mac: () => '',
    publicKey: () => undefined,
  }
}

export function subject(pillar: PillarMap = {}, own = OWN): CompileSubject {
  return {
    id: 'db1' as MinionId,
    level: 'staging',
    roles: ['db'],
    vars: { where: '10.5.5.5' },
    ...(own[0] === undefined ? {} : { address: own[0] }),
    addresses: own,
    grains: CLAIMED,
    pillar: treeOf(pillar) as never,
    allocations: new Map([['db/net', '10.9.0.0/24']]),
  }
}

interface Told {
  readonly value: Json | undefined
  readonly problem: string | undefined
  readonly hint: string | undefined
}

export function told(role: string, options: { readonly pillar?: PillarMap; readonly reported?: Json } = {}): Told {
  const one = subject(options.pillar)
  const reported = options.reported === undefined ? {} : { 'db/x': options.reported }
  const { exports, refused } = deriveExports(shared(role), [one], new Map([[one.id, reported]]))
  const problem = refused.get('db/x')?.[0]?.problem
  return {
    value: exports.get('db')?.get('x')?.[0]?.value,
    problem: problem === undefined ? undefined : `${problem.code} ${problem.message}`,
    hint: problem?.hint,
  }
}

export const exported = (type: string, value: string): string => `exports:\n  x: {type: ${type}, value: '${value}'}\n`
