import { createHash, createHmac } from 'node:crypto'
import { chooseAllocation } from '../../../master/compile/catalog/allocation-range.ts'
import { allocationRequests } from '../../../master/compile/catalog/allocations.ts'
import { compileCatalog } from '../../../master/compile/catalog/compile.ts'
import type { CompileInput, CompileResult } from '../../../master/compile/catalog/input.ts'
import { loadLibrary, type OtherFiles } from '../../../master/compile/role/library.ts'
import type { PillarNode, PillarTree } from '../../../master/yaml/pillar-tree.ts'
import type { Grains } from '../../../protocol/grains.ts'
import type { FleetId, MinionId, Sha256 } from '../../../protocol/ids.ts'
import { Secret } from '../../../protocol/secret.ts'
import { STATES } from '../../../states/index.ts'
import { createRegistry } from '../../../states/registry.ts'

export const GRAINS: Grains = {
  os: 'debian',
  osrelease: '12',
  oscodename: 'bookworm',
  os_family: 'debian',
  arch: 'x64',
  kernel: '6.1.0',
  hostname: 'web1',
  fqdn: 'web1.example',
  num_cpus: 2,
  mem_mb: 2048,
  ip4: '10.0.0.11',
  addresses: ['10.0.0.11'],
  saltern_version: '0.1.0',
}

/** Plain values; a Secret represents a sealed one. */
export type PillarValue = null | boolean | number | string | Secret<string> | readonly PillarValue[] | PillarMap
export interface PillarMap {
  readonly [key: string]: PillarValue
}

export interface Scene {
  /** Path below roles/ -> text. */
  readonly roles: { readonly [path: string]: string }
  readonly assigned?: readonly string[]
  readonly pillar?: PillarMap
  readonly grains?: Partial<Grains>
  readonly input?: Partial<CompileInput>
  /** Large and broken files of the roles. */
  readonly others?: OtherFiles
}

/** Compiles the minion web1 of the level staging. */
export function compileScene({
  roles,
  assigned = ['app'],
  pillar = {},
  grains = {},
  input = {},
  others,
}: Scene): CompileResult {
  const files = Object.entries(roles).map(([path, text]) => [`roles/${path}`, new TextEncoder().encode(text)] as const)
  const whole: CompileInput = {
    fleet: 'fleet-0001' as FleetId,
    revision: createHash('sha256').update('scene').digest('hex') as Sha256,
    library: loadLibrary(new Map(files), others),
    subject: {
      id: 'web1' as MinionId,
      level: 'staging',
      roles: assigned,
      vars: {},
      grains: { ...GRAINS, ...grains },
      pillar: treeOf(pillar) as PillarTree,
    },
    exports: new Map(),
    members: [],
    certificates: new Map(),
    registry: createRegistry(STATES),
    mac: text => createHmac('sha256', 'slot key').update(text).digest('base64'),
    publicKey: pem => (pem.includes('KEY') || pem.includes('example secret') ? 'cHVibGlj' : undefined),
    ...input,
  }
  return compileCatalog({ ...whole, subject: { allocations: firstAllocations(whole), ...whole.subject } })
}

/** Allocates values as if no other minion held any. */
function firstAllocations(input: CompileInput): NonNullable<CompileInput['subject']['allocations']> {
  const { requests } = allocationRequests(input, input.subject)
  return new Map(
    requests.flatMap(({ allocation, range }) => {
      const value = chooseAllocation(range, [])
      return value === undefined ? [] : [[allocation, value] as const]
    }),
  )
}

export function treeOf(value: PillarValue): PillarNode {
  const position = { file: 'pillar/common.yml', line: 1, column: 1 }
  if (value instanceof Secret) return { kind: 'secret', position, secret: value }
  if (Array.isArray(value)) return { kind: 'list', position, items: value.map((item: PillarValue) => treeOf(item)) }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, item]) => [key, treeOf(item as PillarValue)] as const)
    return { kind: 'map', position, entries: new Map(entries) }
  }
  return { kind: 'value', position, value: value as string | number | boolean | null }
}

/** Formats each problem as an operator reads it: place, code, message, hint. */
export function problemLines(result: CompileResult): readonly string[] {
  if (result.ok) return ['(no problem)']
  return result.problems.map(({ code, message, source, hint }) => {
    const where = source === undefined ? '' : `${source.file}:${source.line}:${source.column} `
    return `${where}${code} ${message}${hint === undefined ? '' : ` | ${hint}`}`
  })
}
