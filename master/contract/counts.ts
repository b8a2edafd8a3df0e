import type { Contract, ContractFinding } from '../../protocol/contract.ts'
import type { ContractInput, ContractMinion, ContractRole } from './input.ts'

/**
 * Checks how many minions of each level have a role. A count only applies where the role is needed: where a minion has it, or
 * has a role that needs one of its exports. A level with only web servers needs no database master. Pure.
 */
export function judgeCounts({ roles, minions }: ContractInput): readonly ContractFinding[] {
  const levels = [...new Set(minions.map(({ level }) => level))]
  return roles.flatMap(role => {
    const { count } = role.contract
    if (count === undefined) return []
    return levels.flatMap(level => {
      const ofLevel = minions.filter(minion => minion.level === level)
      return isNeeded(role, roles, ofLevel) ? [judgeCount(count, role.name, level, ofLevel)] : []
    })
  })
}

function isNeeded({ name }: ContractRole, roles: readonly ContractRole[], minions: readonly ContractMinion[]): boolean {
  const askers = roles.filter(({ needs }) => needs.includes(name)).map(role => role.name)
  return minions.some(minion => minion.roles.some(role => role === name || askers.includes(role)))
}

function judgeCount(
  count: NonNullable<Contract['count']>,
  role: string,
  level: string,
  minions: readonly ContractMinion[],
): ContractFinding {
  const holders = minions
    .filter(({ roles }) => roles.includes(role))
    .map(({ id }) => id)
    .sort()
  const { min = count.exactly ?? 0, max = count.exactly ?? Infinity } = count
  return {
    kind: 'count',
    level,
    role,
    expected: wordsOf(count),
    found: holders.length === 0 ? 'none' : `${holders.length}: ${holders.join(', ')}`,
    ok: holders.length >= min && holders.length <= max,
  }
}

function wordsOf({ exactly, min, max }: NonNullable<Contract['count']>): string {
  if (exactly !== undefined) return `exactly ${exactly}`
  const words = [...(min === undefined ? [] : [`at least ${min}`]), ...(max === undefined ? [] : [`at most ${max}`])]
  return words.length === 0 ? 'any number' : words.join(', ')
}
