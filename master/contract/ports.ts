import { type ContractFinding, formatPorts, type PortRange, permittedPorts } from '../../protocol/contract.ts'
import type { ListeningSocket, Observations } from '../../protocol/observations.ts'
import { isLoopback, isOpenListener } from './addresses.ts'
import type { ContractMinion, ContractRole } from './input.ts'

/** Ports that may be open on any host: ssh, and DHCP clients. */
const ALWAYS_OPEN: readonly PortRange[] = [
  { proto: 'tcp', from: 22, to: 22 },
  { proto: 'udp', from: 68, to: 68 },
  { proto: 'udp', from: 546, to: 546 },
]

/** UDP has no listening state: a socket above this is most likely a client waiting for an answer. */
const FIRST_EPHEMERAL = 32_768

/**
 * Checks that each single port that a role names answers, and not only on loopback. On a host where a role has `ports`, also
 * checks that only permitted ports are open to the internet. Pure.
 */
export function judgePorts(
  minion: ContractMinion,
  roles: readonly ContractRole[],
  observed: Observations,
): readonly ContractFinding[] {
  const named = roles.flatMap(({ name, contract: { ports } }) => {
    const all = ports === undefined ? [] : [...ports.public, ...ports.internal]
    return all.filter(({ from, to }) => from === to).map(range => ({ role: name, range }))
  })
  const findings = named.flatMap(({ role, range }): readonly ContractFinding[] => {
    const found = foundAt(range, observed)
    if (found === undefined) return []
    const { id, level } = minion
    const expected = `${formatPorts(range)} answers`
    return [{ kind: 'ports', level, role, minion: id, expected, found: found.words, ok: found.ok }]
  })
  return [...findings, ...undeclared(minion, roles, observed)]
}

/** Describes how a port answers; undefined when the last run of the minion was before the contract named the port. */
function foundAt(
  range: PortRange,
  { answers, sockets }: Observations,
): { readonly words: string; readonly ok: boolean } | undefined {
  const at = sockets.filter(socket => isIn(socket, range)).map(({ address }) => address)
  const onlyLoopback = at.length > 0 && at.every(isLoopback)
  if (range.proto === 'udp') {
    if (at.length === 0) return { words: 'nothing listens', ok: false }
    return onlyLoopback ? { words: 'it listens only at loopback', ok: false } : { words: 'it listens', ok: true }
  }
  const answer = answers.find(({ port }) => port === range.from)
  if (answer === undefined) return undefined
  if (!answer.answers) return { words: `no answer (${answer.reason ?? 'unknown'})`, ok: false }
  return onlyLoopback ? { words: 'it answers only at loopback', ok: false } : { words: 'it answers', ok: true }
}

function undeclared(
  { id: minion, level }: ContractMinion,
  roles: readonly ContractRole[],
  { sockets }: Observations,
): readonly ContractFinding[] {
  const declared = roles.flatMap(({ contract: { ports } }) => (ports === undefined ? [] : [ports]))
  if (declared.length === 0) return []
  const allowed = [...ALWAYS_OPEN, ...declared.flatMap(permittedPorts)]
  const open = sockets.filter(
    socket =>
      isOpenListener(socket.address) &&
      !(socket.proto === 'udp' && socket.port >= FIRST_EPHEMERAL) &&
      !allowed.some(range => isIn(socket, range)),
  )
  const names = new Map<string, string[]>()
  for (const { proto, port, address } of open) {
    const name = `${port}/${proto}`
    names.set(name, [...(names.get(name) ?? []), address])
  }
  return [...names].map(([name, addresses]) => ({
    kind: 'ports',
    level,
    minion,
    expected: 'only ports that a role declares',
    found: `port not declared: ${name} listens at ${addresses.sort().join(', ')}`,
    ok: false,
  }))
}

function isIn({ proto, port }: ListeningSocket, range: PortRange): boolean {
  return proto === range.proto && port >= range.from && port <= range.to
}
