import {
  type ContractPorts,
  formatPorts,
  type PortRange,
  parsePorts,
  permittedPorts,
} from '../../../protocol/contract.ts'
import type { SourcePosition } from '../../../protocol/source.ts'
import { entryOf, type YamlNode } from '../../yaml/node.ts'
import type { Findings } from '../../yaml/shape.ts'

/** One entry of `ingress:` in role.yml: which sources can reach some ports or protocols; rendered for each minion. */
export interface IngressDeclaration {
  readonly name: string
  readonly position: SourcePosition
  readonly ports: readonly PortRange[]
  /** IP protocols without ports, such as `gre`. */
  readonly protocols: readonly string[]
  readonly from: YamlNode | undefined
  readonly interfaces: YamlNode | undefined
  readonly when: YamlNode | undefined
}

const KEYS = ['ports', 'protocols', 'from', 'interfaces', 'when']
const PROTOCOLS = ['gre', 'esp', 'ah', 'ospf', 'vrrp', 'sctp', 'ipip', 'igmp']

/** Parses `ingress:`; problems of the shape go into `findings`. Pure. */
export function parseIngress(
  node: YamlNode | undefined,
  declared: ContractPorts | undefined,
  findings: Findings,
): readonly IngressDeclaration[] {
  const contract = permittedPorts(declared)
  return (findings.map(node, '`ingress`')?.entries ?? []).flatMap(({ key, keyPosition, value }) => {
    const what = `the ingress \`${key}\``
    const map = findings.map(value, what)
    if (map === undefined) return []
    findings.only(map, KEYS, what)
    const of = (name: string): YamlNode | undefined => entryOf(map, name)?.value
    const ports = portsOf(of('ports'), contract, findings)
    const protocols = protocolsOf(of('protocols'), findings)
    if (of('ports') === undefined && of('protocols') === undefined) {
      findings.invalid(
        keyPosition,
        `${what} needs \`ports\` or \`protocols\``,
        'For example, write `ports: [6379/tcp]`.',
      )
    }
    if (of('from') === undefined && of('interfaces') === undefined) {
      const hint = 'Ports that the whole level can reach need no entry: `contract: {ports: {internal: [...]}}`.'
      findings.invalid(keyPosition, `${what} needs \`from\` or \`interfaces\``, hint)
    }
    return [
      {
        name: key,
        position: keyPosition,
        ports,
        protocols,
        from: of('from'),
        interfaces: of('interfaces'),
        when: of('when'),
      },
    ]
  })
}

/** Parses ports, which the contract must also name: it says which ports are open, `ingress` only to which sources. */
function portsOf(node: YamlNode | undefined, contract: readonly PortRange[], findings: Findings): readonly PortRange[] {
  if (node === undefined) return []
  return findings.texts(node, '`ports`').flatMap(text => {
    const range = parsePorts(text)
    if (range === undefined) {
      findings.invalid(node.position, `a port is \`3306/tcp\` or \`53/udp\`, got \`${text}\``)
      return []
    }
    if (!contract.some(other => covers(other, range))) {
      const hint = `Name it there: \`contract: {ports: {internal: [${formatPorts(range)}]}}\`.`
      findings.invalid(node.position, `the contract of the role does not name the port ${formatPorts(range)}`, hint)
    }
    return [range]
  })
}

function protocolsOf(node: YamlNode | undefined, findings: Findings): readonly string[] {
  if (node === undefined) return []
  return findings.texts(node, '`protocols`').filter(name => {
    if (PROTOCOLS.includes(name)) return true
    findings.invalid(node.position, `a protocol is one of ${PROTOCOLS.join(', ')}, got \`${name}\``)
    return false
  })
}

/** Checks whether `outer` includes all ports of `inner`. Pure. */
export function covers(outer: PortRange, inner: PortRange): boolean {
  return outer.proto === inner.proto && outer.from <= inner.from && inner.to <= outer.to
}
