import { type Contract, type ContractPorts, type PortRange, parsePorts } from '../../../protocol/contract.ts'
import { entryOf, nameOfNode, type YamlMap, type YamlNode } from '../../yaml/node.ts'
import type { Findings } from '../../yaml/shape.ts'
import { wholeNumberOf } from '../language/whole-number.ts'

const KEYS = ['count', 'public_ip', 'public_hostname', 'volume', 'ports', 'reverse_dns', 'with', 'needs']
const HOSTNAME = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+([a-z0-9]([a-z0-9-]*[a-z0-9])?|\{domain\})$/i

/** Parses `contract:` of a role.yml. It applies to all minions alike, so it has no expressions. Pure. */
export function parseContract(node: YamlNode | undefined, findings: Findings): Contract {
  const map = findings.map(node, '`contract`')
  if (map === undefined) return {}
  findings.only(map, KEYS, '`contract`')
  const of = (key: string): YamlNode | undefined => entryOf(map, key)?.value
  const count = parseCount(of('count'), findings)
  const publicIp = flagOf(of('public_ip'), '`public_ip`', findings)
  const publicHostname = parseHostname(of('public_hostname'), findings)
  const volume = parseVolume(of('volume'), findings)
  const ports = parsePortLists(of('ports'), findings)
  const reverseDns = parseReverse(of('reverse_dns'), findings)
  const beside = findings.texts(of('with'), '`with`')
  const needs = findings.texts(of('needs'), '`needs`')
  return {
    ...(count === undefined ? {} : { count }),
    ...(publicIp === undefined ? {} : { publicIp }),
    ...(publicHostname === undefined ? {} : { publicHostname }),
    ...(volume === undefined ? {} : { volume }),
    ...(ports === undefined ? {} : { ports }),
    ...(reverseDns === undefined ? {} : { reverseDns }),
    ...(beside.length === 0 ? {} : { with: beside }),
    ...(needs.length === 0 ? {} : { needs }),
  }
}

function parseCount(node: YamlNode | undefined, findings: Findings): Contract['count'] {
  const map = findings.map(node, '`count`')
  if (map === undefined) return undefined
  findings.only(map, ['min', 'max', 'exactly'], '`count`')
  const numbers: { min?: number; max?: number; exactly?: number } = {}
  for (const { key, value } of map.entries) {
    const number = wholeNumberOf(value, `\`count.${key}\``, findings, { least: 0 })
    if (number !== undefined && (key === 'min' || key === 'max' || key === 'exactly')) numbers[key] = number
  }
  const { min = 0, max = Infinity, exactly } = numbers
  if (exactly !== undefined && map.entries.length > 1) {
    findings.invalid(map.position, '`exactly` cannot be combined with `min` or `max`', 'Remove `min` and `max`.')
  }
  if (min > max) findings.invalid(map.position, `\`min\` (${min}) is greater than \`max\` (${max})`)
  return numbers
}

function parseHostname(node: YamlNode | undefined, findings: Findings): Contract['publicHostname'] {
  const nameOf = (value: YamlNode): string | undefined => {
    const name = findings.text(value, '`public_hostname`')
    if (name === undefined || HOSTNAME.test(name)) return name
    findings.invalid(value.position, `\`public_hostname\` must be a whole host name, got \`${name}\``)
    return undefined
  }
  if (node?.kind !== 'map') return node === undefined ? undefined : nameOf(node)
  return Object.fromEntries(
    node.entries.flatMap(({ key, value }) => {
      const name = nameOf(value)
      return name === undefined ? [] : [[key, name]]
    }),
  )
}

function parseVolume(node: YamlNode | undefined, findings: Findings): string | undefined {
  const path = findings.text(node, '`volume`')
  if (node === undefined || path === undefined || /^\/[^\0\n]+$/.test(path)) return path
  findings.invalid(
    node.position,
    `\`volume\` must be an absolute path, got \`${path}\``,
    'For example, write `/var/lib/mysql`.',
  )
  return undefined
}

function parsePortLists(node: YamlNode | undefined, findings: Findings): Contract['ports'] {
  const map = findings.map(node, '`ports`')
  if (map === undefined) return undefined
  findings.only(map, ['public', 'internal', 'optional'], '`ports`')
  const optional = parsePortList(map, 'optional', findings)
  return {
    public: parsePortList(map, 'public', findings),
    internal: parsePortList(map, 'internal', findings),
    ...(optional.length === 0 ? {} : { optional }),
  }
}

function parsePortList(map: YamlMap, key: keyof ContractPorts, findings: Findings): readonly PortRange[] {
  const node = entryOf(map, key)?.value
  if (node === undefined) return []
  return findings.texts(node, `\`ports.${key}\``).flatMap(text => {
    const ports = parsePorts(text)
    if (ports !== undefined) return [ports]
    findings.invalid(node.position, `a port is \`3306/tcp\` or \`53/udp\`, got \`${text}\``)
    return []
  })
}

function parseReverse(node: YamlNode | undefined, findings: Findings): Contract['reverseDns'] {
  if (node === undefined) return undefined
  if (node.kind === 'scalar' && typeof node.value === 'boolean') return node.value ? true : undefined
  return findings.texts(node, '`reverse_dns`').filter(name => {
    if (HOSTNAME.test(name)) return true
    findings.invalid(node.position, `each of \`reverse_dns\` must be a whole host name, got \`${name}\``)
    return false
  })
}

/** Parses a boolean; undefined, with a problem, for anything else. */
export function flagOf(node: YamlNode | undefined, what: string, findings: Findings): boolean | undefined {
  if (node === undefined) return undefined
  if (node.kind === 'scalar' && typeof node.value === 'boolean') return node.value
  findings.invalid(node.position, `${what} must be \`true\` or \`false\`, got ${nameOfNode(node)}`)
  return undefined
}
