import type { Contract } from '../../../protocol/contract.ts'
import type { SourcePosition } from '../../../protocol/source.ts'
import { entryOf, nameOfNode, type YamlMap, type YamlNode } from '../../yaml/node.ts'
import { RENAMED_ROLE_KEYS } from '../../yaml/renamed.ts'
import type { Findings } from '../../yaml/shape.ts'
import { suggest } from '../../yaml/suggest.ts'
import { isScalarType, SCALAR_TYPES, type TypeExpression } from '../language/types.ts'
import { wholeNumberOf } from '../language/whole-number.ts'
import { type AllocationDeclaration, parseAllocation } from './allocation-declaration.ts'
import { type CheckDeclaration, parseChecks } from './check-declaration.ts'
import { flagOf, parseContract } from './contract.ts'
import { type IngressDeclaration, parseIngress } from './ingress-declaration.ts'
import { type Purpose, parsePurposes } from './purpose.ts'

/** A pillar key that a role reads. */
export interface PillarDeclaration {
  readonly path: readonly string[]
  readonly type: TypeExpression
  /** The default as written; rendered for each minion. Undefined when there is none. */
  readonly default: YamlNode | undefined
  readonly optional: boolean
  /** Warning of `master lint` when the optional key has no value. */
  readonly unsetWarning: string | undefined
  readonly position: SourcePosition
}

export interface ExportDeclaration {
  readonly name: string
  readonly type: TypeExpression
  /** Undefined when a state reports the value. */
  readonly value: YamlNode | undefined
  readonly position: SourcePosition
}

interface CertificateDeclaration {
  readonly name: string
  readonly commonName: YamlNode
  readonly altNames: readonly YamlNode[]
  readonly days: number
}

/** A parsed role.yml. */
export interface Role {
  readonly name: string
  readonly summary: string
  readonly include: readonly { readonly name: string; readonly position: SourcePosition }[]
  /** True when the states are not written yet; the contract is checked anyway. */
  readonly draft: boolean
  /** What the role is for, and the checks that prove it. */
  readonly purpose: readonly Purpose[]
  /** Checked by the master, across all minions of the role. */
  readonly contract: Contract
  /** Sources that can reach its ports, where that is narrower than the contract. */
  readonly ingress: readonly IngressDeclaration[]
  /** Executed by each minion after its states. */
  readonly checks: readonly CheckDeclaration[]
  readonly pillar: readonly PillarDeclaration[]
  readonly exports: readonly ExportDeclaration[]
  readonly certificates: readonly CertificateDeclaration[]
  readonly allocations: readonly AllocationDeclaration[]
  /** Only one minion per level has the role. An allocation decides which; the inventory only names the first. */
  readonly singleton: boolean
}

const KEYS = [
  'summary',
  'draft',
  'include',
  'purpose',
  'contract',
  'ingress',
  'pillar',
  'exports',
  'checks',
  'certificates',
  'allocations',
  'singleton',
]
const DECLARATION_KEYS = ['type', 'default', 'optional', 'unset_warning', 'help', 'one_of']

/** Parses a role.yml; problems go into `findings`. `root` is undefined when the role has no such file. Pure. */
export function parseRole(name: string, root: YamlNode | undefined, findings: Findings): Role {
  const empty: YamlMap = { kind: 'map', position: { file: '', line: 1, column: 1 }, entries: [] }
  const map = findings.map(root, 'role.yml') ?? empty
  findings.only(map, KEYS, 'role.yml', RENAMED_ROLE_KEYS)
  const of = (key: string): YamlNode | undefined => entryOf(map, key)?.value
  const includes = of('include')
  const contract = parseContract(of('contract'), findings)
  const includeNodes = includes === undefined ? [] : includes.kind === 'list' ? includes.items : [includes]
  return {
    name,
    summary: findings.text(of('summary'), '`summary`') ?? '',
    include: includeNodes.flatMap(node => {
      const role = findings.text(node, 'each of `include`')
      return role === undefined ? [] : [{ name: role, position: node.position }]
    }),
    draft: flagOf(of('draft'), '`draft`', findings) ?? false,
    singleton: flagOf(of('singleton'), '`singleton`', findings) ?? false,
    purpose: parsePurposes(of('purpose'), findings),
    contract,
    ingress: parseIngress(of('ingress'), contract.ports, findings),
    checks: parseChecks(of('checks'), findings),
    pillar: entriesOf(of('pillar'), '`pillar`', findings).flatMap(entry => parseDeclaration(entry, findings)),
    exports: entriesOf(of('exports'), '`exports`', findings).flatMap(entry => parseExport(entry, findings)),
    certificates: entriesOf(of('certificates'), '`certificates`', findings).flatMap(entry => {
      return parseCertificate(entry, findings)
    }),
    allocations: entriesOf(of('allocations'), '`allocations`', findings).flatMap(entry =>
      parseAllocation(entry, findings),
    ),
  }
}

type Entry = YamlMap['entries'][number]

function entriesOf(node: YamlNode | undefined, what: string, findings: Findings): readonly Entry[] {
  return findings.map(node, what)?.entries ?? []
}

function parseDeclaration({ key, keyPosition, value }: Entry, findings: Findings): readonly PillarDeclaration[] {
  const map = findings.map(value, `the declaration of \`${key}\``)
  if (map === undefined) return []
  findings.only(map, DECLARATION_KEYS, `the declaration of \`${key}\``)
  const optional = entryOf(map, 'optional')?.value
  const type = parseType(map, key, keyPosition, findings)
  if (type === undefined) return []
  const path = key.split('.')
  if (!path.every(part => /^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(part))) {
    findings.invalid(
      keyPosition,
      `a pillar key must be names of letters, digits, \`_\` and \`-\`, separated by dots, got \`${key}\``,
      'For example, write `mariadb.replication.password`.',
    )
    return []
  }
  const isOptional = optional?.kind === 'scalar' && optional.value === true
  const warning = entryOf(map, 'unset_warning')?.value
  if (warning !== undefined && !isOptional) {
    findings.invalid(warning.position, '`unset_warning` is for a key with `optional: true`', 'Add `optional: true`.')
  }
  return [
    {
      path,
      type,
      default: entryOf(map, 'default')?.value,
      optional: isOptional,
      unsetWarning: findings.text(warning, '`unset_warning`'),
      position: keyPosition,
    },
  ]
}

function parseExport({ key, keyPosition, value }: Entry, findings: Findings): readonly ExportDeclaration[] {
  const map = findings.map(value, `the export \`${key}\``)
  if (map === undefined) return []
  findings.only(map, ['type', 'value', 'reported', 'one_of', 'help'], `the export \`${key}\``)
  const type = parseType(map, key, keyPosition, findings)
  const derived = entryOf(map, 'value')?.value
  const reported = flagOf(entryOf(map, 'reported')?.value, '`reported`', findings) ?? false
  if ((derived === undefined) !== reported) {
    findings.invalid(
      keyPosition,
      `the export \`${key}\` needs \`value\`, or \`reported: true\` when a state reports it`,
      'For example `value: "{{minion.address}}"`.',
    )
    return []
  }
  return type === undefined ? [] : [{ name: key, type, value: derived, position: keyPosition }]
}

function parseCertificate({ key, keyPosition, value }: Entry, findings: Findings): readonly CertificateDeclaration[] {
  const map = findings.map(value, `the certificate \`${key}\``)
  if (map === undefined) return []
  findings.only(map, ['common_name', 'alt_names', 'days'], `the certificate \`${key}\``)
  const commonName = entryOf(map, 'common_name')?.value
  const names = entryOf(map, 'alt_names')?.value
  const days = wholeNumberOf(entryOf(map, 'days')?.value, '`days`', findings, { least: 1, most: 825 })
  if (commonName === undefined) {
    findings.invalid(
      keyPosition,
      `the certificate \`${key}\` needs \`common_name\``,
      'For example, write `common_name: "{{minion.id}}"`.',
    )
    return []
  }
  const altNames = names === undefined ? [] : names.kind === 'list' ? names.items : [names]
  return [{ name: key, commonName, altNames, days: days ?? 365 }]
}

function parseType(map: YamlMap, key: string, at: SourcePosition, findings: Findings): TypeExpression | undefined {
  const choices = entryOf(map, 'one_of')?.value
  if (choices !== undefined) return { kind: 'one-of', choices: findings.texts(choices, '`one_of`') }
  const node = entryOf(map, 'type')?.value
  if (node === undefined) {
    findings.invalid(at, `\`${key}\` needs a \`type\``, `For example, write \`${key}: {type: text}\`.`)
    return undefined
  }
  return typeOf(node, findings)
}

function typeOf(node: YamlNode, findings: Findings): TypeExpression | undefined {
  if (node.kind === 'list') {
    const [only] = node.items
    const item = node.items.length === 1 && only !== undefined ? typeOf(only, findings) : undefined
    if (node.items.length !== 1) findings.invalid(node.position, 'a list type has one item type, such as `[text]`')
    return item === undefined ? undefined : { kind: 'list', item }
  }
  if (node.kind === 'map') {
    const any = node.entries.length === 1 ? entryOf(node, '*') : undefined
    if (any !== undefined) {
      const item = typeOf(any.value, findings)
      return item === undefined ? undefined : { kind: 'map', item }
    }
    const choices = node.entries.length === 1 ? entryOf(node, 'one_of') : undefined
    if (choices !== undefined) return { kind: 'one-of', choices: findings.texts(choices.value, '`one_of`') }
    const fields = node.entries.flatMap(({ key, value }) => {
      const type = typeOf(value, findings)
      const optional = key.endsWith('?')
      return type === undefined ? [] : [[optional ? key.slice(0, -1) : key, { type, optional }] as const]
    })
    return { kind: 'record', fields: new Map(fields) }
  }
  const name = node.kind === 'scalar' && typeof node.value === 'string' ? node.value : ''
  if (name === 'secret') return { kind: 'secret' }
  if (isScalarType(name)) return { kind: 'scalar', name }
  const known = [...Object.keys(SCALAR_TYPES), 'secret']
  const near = suggest(name, known)
  const hint =
    near === undefined ? `Use one of ${known.join(', ')}, a list \`[type]\`, or a map.` : `Did you mean \`${near}\`?`
  findings.invalid(node.position, `expected a type, got ${nameOfNode(node)}`, hint)
  return undefined
}
