import type { ContractFinding } from '../../protocol/contract.ts'
import { judgeCounts } from './counts.ts'
import { judgeHost } from './host.ts'
import type { ContractInput, ContractJudgement } from './input.ts'
import { judgeHostnames, judgeReverse } from './names.ts'
import { judgeRequires } from './requires.ts'

/** Checks whether the fleet meets the contracts of its roles. Pure: all lookups are passed in. */
export function judgeContracts(input: ContractInput): ContractJudgement {
  const { minions, roles, dns } = input
  const seen = minions.filter(({ observed }) => observed !== undefined)
  const findings: ContractFinding[] = [
    ...judgeCounts(input),
    ...judgeRequires(input),
    ...seen.flatMap(minion => judgeHost(minion, roles, input.now)),
    ...(dns === undefined ? [] : [...judgeHostnames(input, dns), ...judgeReverse(input, dns)]),
  ]
  const unseen = minions.filter(({ observed }) => observed === undefined).map(({ id }) => id)
  return { findings: findings.sort(byPlace), unseen: unseen.sort() }
}

/** Sorts for display: findings about a whole level before those about its minions. Pure. */
function byPlace(one: ContractFinding, other: ContractFinding): number {
  const [a, b] = [placeOf(one), placeOf(other)]
  return a < b ? -1 : a > b ? 1 : 0
}

function placeOf({ level, role, minion, kind, expected, found }: ContractFinding): string {
  // A separator that no part contains, and that sorts below all their characters.
  return [level, role ?? '\uffff', minion ?? '', kind, expected, found].join('\0')
}
