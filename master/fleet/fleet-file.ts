import type { Problem } from '../../protocol/errors.ts'
import type { YamlNode } from '../yaml/node.ts'
import { parseYaml } from '../yaml/parse.ts'
import { Findings } from '../yaml/shape.ts'
import { type Group, parseGroups } from './groups.ts'
import { type Operator, type OperatorFacts, parseOperators } from './operators.ts'

export const FLEET_FILE = 'fleet.yml'

/** Contents of fleet.yml, and all its problems. */
export interface FleetHead {
  readonly id: string
  readonly name: string
  readonly levels: readonly string[]
  /** By level, the value of `{domain}` in a contract. */
  readonly domains: ReadonlyMap<string, string>
  /** By name. */
  readonly groups: ReadonlyMap<string, Group>
  readonly operators: readonly Operator[]
  readonly problems: readonly Problem[]
}

/** Parses fleet.yml. Pure. */
export function parseFleetFile(text: string, facts: Omit<OperatorFacts, 'levels' | 'groups'>): FleetHead {
  const { root, problems } = parseYaml(text, FLEET_FILE)
  const findings = new Findings(text)
  const top = { file: FLEET_FILE, line: 1, column: 1 }
  const map = findings.map(root, FLEET_FILE)
  if (map !== undefined) findings.only(map, ['id', 'name', 'levels', 'domains', 'groups', 'operators'], FLEET_FILE)
  const of = (name: string) => map?.entries.find(entry => entry.key === name)?.value
  const id = findings.text(of('id'), '`id`') ?? ''
  if (problems.length === 0 && !/^[a-z0-9-]{8,64}$/.test(id)) {
    findings.invalid(
      of('id')?.position ?? top,
      '`id` must be 8 to 64 of a-z, 0-9 and `-`',
      'Let `master init` generate it.',
    )
  }
  const levels = findings.texts(of('levels'), '`levels`')
  if (problems.length === 0 && levels.length === 0) {
    findings.invalid(
      of('levels')?.position ?? top,
      '`levels` must name at least one level',
      'For example, write `levels: [production, staging]`.',
    )
  }
  const name = findings.text(of('name'), '`name`') ?? id
  const groups = parseGroups(of('groups'), findings, { ...facts, levels })
  const operators = parseOperators(of('operators'), findings, { ...facts, levels, groups })
  const domains = parseDomains(of('domains'), levels, findings)
  return { id, name, levels, domains, groups, operators, problems: [...problems, ...findings.problems] }
}

const DOMAIN = /^(?=.{1,240}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i

function parseDomains(
  node: YamlNode | undefined,
  levels: readonly string[],
  findings: Findings,
): ReadonlyMap<string, string> {
  const map = findings.map(node, '`domains`')
  if (map === undefined) return new Map()
  findings.only(map, levels, '`domains`')
  return new Map(
    map.entries.flatMap(({ key, value }) => {
      const domain = findings.text(value, `the domain of \`${key}\``)
      if (domain === undefined) return []
      if (DOMAIN.test(domain)) return [[key, domain]]
      findings.invalid(
        value.position,
        `the domain of \`${key}\` must be a domain name, got \`${domain}\``,
        'For example, write `example.org`.',
      )
      return []
    }),
  )
}
