import type { ContractFinding } from '../../protocol/contract.ts'
import type { ContractInput } from './input.ts'

/** Checks that the roles that a role requires are present: on the same host, or somewhere in its level. Pure. */
export function judgeRequires({ roles, minions }: ContractInput): readonly ContractFinding[] {
  return roles.flatMap(({ name: role, contract }) => {
    const holders = minions.filter(minion => minion.roles.includes(role))
    const beside = holders.flatMap(({ id: minion, level, roles: own }) =>
      (contract.with ?? []).map((other): ContractFinding => {
        const ok = own.includes(other)
        const expected = `\`${other}\` on the same host`
        return { kind: 'requires', level, role, minion, expected, found: ok ? 'present' : 'missing', ok }
      }),
    )
    const levels = [...new Set(holders.map(({ level }) => level))]
    const needed = levels.flatMap(level =>
      (contract.needs ?? []).map((other): ContractFinding => {
        const found = minions.filter(one => one.level === level && one.roles.includes(other)).map(({ id }) => id)
        const expected = `a minion with \`${other}\``
        return { kind: 'requires', level, role, expected, found: found.join(', ') || 'none', ok: found.length > 0 }
      }),
    )
    return [...needed, ...beside]
  })
}
