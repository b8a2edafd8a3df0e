import { formatPorts, type PortRange } from '../../../protocol/contract.ts'
import { isHostAddress, isNetwork, versionOf } from '../../address/address.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { renderNode } from '../language/render.ts'
import type { Scope } from '../language/scope.ts'
import { holdsSecret, isTruthy, type Value, type ValueMap } from '../language/value.ts'
import { covers, type IngressDeclaration } from '../role/ingress-declaration.ts'
import type { LibraryRole, RoleRenderer } from '../role/library.ts'

/**
 * Computes `minion.ingress` from the roles of a minion; the role `firewall` turns it into rules. `who` is `anybody` for public
 * ports of a contract, `level` for internal ones, and `named` for entries of `ingress`. A port with such an entry is open to no
 * other source.
 */
export function ingressOf(
  renderer: RoleRenderer,
  roles: readonly { readonly role: LibraryRole; readonly scope: Scope }[],
): readonly ValueMap[] {
  // Across all roles: a role that includes another also lists its ports, and must not open them wider.
  const named = roles.flatMap(({ role }) => role.ingress.flatMap(({ ports }) => ports))
  return roles.flatMap(({ role, scope }) => {
    const { ports } = role.contract
    const byContract = (who: 'anybody' | 'level', ranges: readonly PortRange[]): readonly ValueMap[] => {
      return ranges
        .filter(range => !named.some(other => covers(other, range)))
        .map(range => ({ role: role.name, name: formatPorts(range), who, ...matchOf(range), ...NOBODY }))
    }
    return [
      ...byContract('anybody', ports?.public ?? []),
      ...byContract('level', ports?.internal ?? []),
      ...role.ingress.flatMap(open => namedIngress(renderer, role.name, open, scope)),
    ]
  })
}

const NOBODY = { from4: [], from6: [], interfaces: [] } as const

function namedIngress(
  renderer: RoleRenderer,
  role: string,
  open: IngressDeclaration,
  scope: Scope,
): readonly ValueMap[] {
  const wanted = open.when === undefined ? true : renderNode(renderer, open.when, scope)
  if (wanted === undefined || holdsSecret(wanted) || !isTruthy(wanted)) return []
  const places = textsOf(renderer, open.from, scope, 'an address or network', isPlace)
  const interfaces = textsOf(renderer, open.interfaces, scope, 'the name of a network interface', isInterface)
  // An empty list means no source, not every source.
  const nobody =
    (open.from !== undefined && places.length === 0) || (open.interfaces !== undefined && interfaces.length === 0)
  if (nobody) return []
  const of = (version: 4 | 6): readonly string[] => places.filter(place => versionOf(place) === version).sort()
  const rest = { role, name: open.name, who: 'named', from4: of(4), from6: of(6), interfaces }
  return [
    ...open.ports.map(range => ({ ...rest, ...matchOf(range) })),
    ...open.protocols.map(proto => ({ ...rest, proto, ports: '' })),
  ]
}

function textsOf(
  renderer: RoleRenderer,
  node: YamlNode | undefined,
  scope: Scope,
  expected: string,
  accepts: (text: string) => boolean,
): readonly string[] {
  if (node === undefined) return []
  const value = renderNode(renderer, node, scope)
  if (value === undefined) return []
  const items: readonly Value[] = Array.isArray(value) ? value : [value]
  const texts = items.filter(item => typeof item === 'string')
  const wrong = items.find(item => typeof item !== 'string' || !accepts(item))
  if (wrong === undefined) return [...new Set(texts)]
  const found = holdsSecret(wrong) ? 'a secret' : JSON.stringify(wrong)
  const message = `each must be ${expected}, got ${found}`
  renderer.sink.add({ code: 'ROLE_INVALID', message, source: node.position })
  return []
}

function isPlace(text: string): boolean {
  return isHostAddress(text) || isNetwork(text)
}

function isInterface(text: string): boolean {
  return /^[A-Za-z0-9_.@-]{1,15}$/.test(text)
}

function matchOf({ proto, from, to }: PortRange): { readonly proto: string; readonly ports: string } {
  return { proto, ports: from === to ? String(from) : `${from}-${to}` }
}
