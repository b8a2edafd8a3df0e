import type { ContractInput, ContractMinion, ContractRole, DnsAnswers } from '../../../master/contract/input.ts'
import { judgeContracts } from '../../../master/contract/judge.ts'
import { type Contract, type ContractFinding, type PortRange, parsePorts } from '../../../protocol/contract.ts'
import type { MinionId } from '../../../protocol/ids.ts'
import type { ListeningSocket, Observations } from '../../../protocol/observations.ts'

export const NOW = Date.parse('2026-11-21T10:00:00Z')

export const NOTHING: Observations = {
  at: '2026-11-21T09:00:00.000Z',
  sockets: [],
  mounts: [{ path: '/', device: '/dev/vda1', fsType: 'ext4' }],
  addresses: ['10.0.0.5'],
  answers: [],
  certificates: [],
}

export function role(name: string, contract: Contract, needs: readonly string[] = []): ContractRole {
  return { name, contract, needs }
}

export function minion(id: string, roles: string, changes: Partial<ContractMinion> = {}): ContractMinion {
  const known = { level: 'staging', observed: NOTHING, translated: [] }
  return { id: id as MinionId, roles: roles.split(' '), ...known, ...changes }
}

export function ports(...texts: readonly string[]): readonly PortRange[] {
  return texts.map(text => {
    const range = parsePorts(text)
    if (range === undefined) throw new Error(text)
    return range
  })
}

/** Parses sockets such as `0.0.0.0:22/tcp`. */
export function sockets(...texts: readonly string[]): readonly ListeningSocket[] {
  return texts.map(text => {
    const [, address = '', port, proto] = /^(.+):(\d+)\/(tcp|udp)$/.exec(text) ?? []
    return { address, port: Number(port), proto: proto as 'tcp' | 'udp' }
  })
}

export function judge(
  roles: readonly ContractRole[],
  minions: readonly ContractMinion[],
  dns?: DnsAnswers,
): readonly ContractFinding[] {
  const input: ContractInput = { roles, minions, domains: new Map(), dns, now: NOW }
  return judgeContracts(input).findings
}

/** Formats findings as `! staging db db1 volume: expected | found`, with `!` for broken ones. */
export function linesOf(findings: readonly ContractFinding[]): readonly string[] {
  return findings.map(({ ok, level, role: name, minion: id, kind, expected, found }) => {
    return `${ok ? '' : '! '}${[level, name, id].filter(word => word !== undefined).join(' ')} ${kind}: ${expected} | ${found}`
  })
}
