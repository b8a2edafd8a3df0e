import type { ContractFinding } from '../../protocol/contract.ts'
import { publicAddressesOf } from './addresses.ts'
import type { ContractInput, ContractMinion, ContractRole, DnsAnswer, DnsAnswers } from './input.ts'

/** Requirements that need DNS, and the lookups for them. All pure. */

type NamedInput = Pick<ContractInput, 'roles' | 'minions' | 'domains'>

/** Lists the host names and addresses that the contracts of these roles need, sorted and without duplicates. */
export function wantedNames(input: NamedInput): {
  readonly hostnames: readonly string[]
  readonly addresses: readonly string[]
} {
  const hostnames = withHostname(input).map(({ hostname }) => hostname)
  const addresses = withReverse(input).map(({ address }) => address)
  return { hostnames: [...new Set(hostnames)].sort(), addresses: [...new Set(addresses)].sort() }
}

/** Checks that a role's host name resolves to a public address of one of its minions in that level. */
export function judgeHostnames(input: ContractInput, dns: DnsAnswers): readonly ContractFinding[] {
  return withHostname(input).map(({ role, level, hostname, minions }): ContractFinding => {
    const answer = dns.forward.get(hostname)
    const own = new Set(minions.flatMap(publicAddressesOf))
    return {
      kind: 'public_hostname',
      level,
      role: role.name,
      expected: `${hostname} resolves to ${[...own].join(' or ') || 'a public address of its minions'}`,
      found: wordsOf(answer),
      ok: Array.isArray(answer) && answer.some((address: string) => own.has(address)),
    }
  })
}

/** Checks that each public address of a role's minions resolves back to one of its names. */
export function judgeReverse(input: ContractInput, dns: DnsAnswers): readonly ContractFinding[] {
  return withReverse(input).map(({ role, minion, names, address }): ContractFinding => {
    const answer = dns.reverse.get(address)
    const found: readonly string[] = Array.isArray(answer) ? answer.map(plainName) : []
    return {
      kind: 'reverse_dns',
      level: minion.level,
      role: role.name,
      minion: minion.id,
      expected: `${address} resolves back to ${names === true ? 'a name' : names.join(' or ')}`,
      found: wordsOf(answer),
      ok: names === true ? found.length > 0 : found.some(name => names.map(plainName).includes(name)),
    }
  })
}

function withHostname({ roles, minions, domains }: NamedInput): readonly {
  readonly role: ContractRole
  readonly level: string
  readonly hostname: string
  readonly minions: readonly ContractMinion[]
}[] {
  const levels = [...new Set(minions.map(({ level }) => level))]
  return roles.flatMap(role => {
    const wanted = role.contract.publicHostname
    return levels.flatMap(level => {
      const named = typeof wanted === 'string' ? wanted : wanted?.[level]
      const hostname = named === undefined ? undefined : inDomain(named, domains.get(level))
      const holders = minions.filter(minion => minion.level === level && minion.roles.includes(role.name))
      // The expected addresses are unknown until its hosts have reported some.
      const known = holders.filter(({ observed }) => observed !== undefined)
      return hostname === undefined || known.length === 0 ? [] : [{ role, level, hostname, minions: known }]
    })
  })
}

function withReverse({ roles, minions, domains }: NamedInput): readonly {
  readonly role: ContractRole
  readonly minion: ContractMinion
  readonly names: true | readonly string[]
  readonly address: string
}[] {
  return roles.flatMap(role => {
    const wanted = role.contract.reverseDns
    if (wanted === undefined) return []
    const holders = minions.filter(minion => minion.roles.includes(role.name))
    return holders.flatMap(minion => {
      const names = wanted === true ? true : wanted.flatMap(name => inDomain(name, domains.get(minion.level)) ?? [])
      if (names !== true && names.length === 0) return []
      return publicAddressesOf(minion).map(address => ({ role, minion, names, address }))
    })
  })
}

/** Replaces `{domain}` in a name; undefined when the level has no domain. */
function inDomain(name: string, domain: string | undefined): string | undefined {
  if (!name.endsWith('{domain}')) return name
  return domain === undefined ? undefined : name.replace('{domain}', domain)
}

function wordsOf(answer: DnsAnswer | undefined): string {
  if (answer === undefined) return 'it was not resolved'
  if ('failed' in answer) return `the DNS lookup failed: ${answer.failed}`
  return answer.length === 0 ? 'nothing' : answer.join(', ')
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}
