import type { ContractFinding } from '../../protocol/contract.ts'
import {
  type Finding,
  type LevelSummary,
  type MinionJudgement,
  type RoleSummary,
  type Score,
  STATUSES,
  type Status,
} from './report.ts'

/** Computes the percentage that is true, rounded down to one decimal; 100 when there is nothing to evaluate. Pure. */
export function scoreOf(...judged: readonly (readonly boolean[])[]): Score {
  const all = judged.flat()
  const right = all.filter(ok => ok).length
  const score = all.length === 0 ? 100 : Math.floor((right / all.length) * 1000) / 10
  return { score, right, judged: all.length }
}

/** Counts minions by status, including zeros. Pure. */
export function tally(judgements: readonly MinionJudgement[]): { readonly [status in Status]: number } {
  const counts = STATUSES.map(status => [status, judgements.filter(one => one.status === status).length] as const)
  return Object.fromEntries(counts) as { readonly [status in Status]: number }
}

/** Summarizes every level, and every role in it. Pure. */
export function levelsOf(
  judgements: readonly MinionJudgement[],
  demands: readonly ContractFinding[],
  findings: readonly Finding[],
): readonly LevelSummary[] {
  const levels = [...new Set([...judgements, ...demands].map(({ level }) => level))].sort()
  return levels.map(level => {
    const minions = judgements.filter(one => one.level === level)
    const own = demands.filter(one => one.level === level)
    return {
      level,
      ...scoreOf(
        minions.map(({ status }) => status === 'compliant'),
        own.map(({ ok }) => ok),
      ),
      minions: tally(minions),
      contracts: { kept: own.filter(({ ok }) => ok).length, broken: own.filter(({ ok }) => !ok).length },
      roles: rolesOf(minions, own, findings),
    }
  })
}

/**
 * Summarizes roles. A minion complies in a role when it has no finding for this role or without a role (it is offline, its run
 * failed). Problems of `base` do not affect its `db`. A pending catalog counts for the roles of its states.
 */
function rolesOf(
  minions: readonly MinionJudgement[],
  demands: readonly ContractFinding[],
  findings: readonly Finding[],
): readonly RoleSummary[] {
  const names = [
    ...new Set([...minions.flatMap(({ roles }) => roles), ...demands.flatMap(({ role }) => role ?? [])]),
  ].sort()
  return names.map(role => {
    const members = minions.filter(({ roles }) => roles.includes(role))
    const touched = new Set(
      findings.flatMap(finding => (finding.minion !== undefined && isAbout(finding, role) ? [finding.minion] : [])),
    )
    const score = scoreOf(
      members.map(({ minion }) => !touched.has(minion)),
      demands.filter(one => one.role === role).map(({ ok }) => ok),
    )
    return { role, ...score, minions: members.map(({ minion }) => minion).sort() }
  })
}

function isAbout(finding: Finding, role: string): boolean {
  if (finding.role !== undefined) return finding.role === role
  if (finding.states.length === 0) return true
  return finding.states.some(({ key }) => key.split('/')[0] === role)
}
