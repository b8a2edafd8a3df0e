import type { ContractFinding } from '../../protocol/contract.ts'
import { compareNames } from '../../protocol/minion-names.ts'
import type { ComplianceFacts } from './facts.ts'
import { groupFindings } from './group.ts'
import { contractFinding, judgeMinion } from './judge-minion.ts'
import { type ComplianceReport, type ContractJudgement, type Finding, rankOf } from './report.ts'
import { levelsOf, scoreOf, tally } from './score.ts'
import { compareWithLast } from './since-last.ts'

/** Number of points in the trend, including this report. */
const TREND = 60

/**
 * Builds the report. Pure: the same facts give the same report.
 *
 * The score counts every minion, and every requirement that a role has for a level as a whole. A minion is compliant when it
 * has no findings.
 */
export function judge(facts: ComplianceFacts): ComplianceReport {
  const { id, at, target, operator, cached, job, fleet } = facts
  const contracts = Map.groupBy(facts.contracts, ({ minion }) => minion as string | undefined)
  const judged = facts.minions.map(minion => judgeMinion(minion, contracts.get(minion.minion) ?? []))
  const demands = contracts.get(undefined) ?? []
  const compare = byName(facts)
  const all = [
    ...facts.problems.map((problem): Finding => {
      const { message, hint, source } = problem
      return {
        id: `fleet/${problem.code}/${source?.file ?? ''}:${source?.line ?? 0}`,
        status: 'failed',
        kind: 'fleet',
        level: '',
        subject: problem.code,
        title: "the fleet's files have a problem",
        detail: message,
        actions: [],
        states: [],
        isNew: false,
        ...(hint === undefined ? {} : { why: hint }),
        ...(source === undefined ? {} : { source }),
        next: 'master lint',
      }
    }),
    ...judged.flatMap(one => one.findings),
    ...demands.filter(({ ok }) => !ok).map(contractFinding),
  ].sort((a, b) => worstFirst(a, b, compare))
  const judgements = judged
    .map(({ judgement }) => judgement)
    .sort((a, b) => compareText(a.level, b.level) || rankOf(a.status) - rankOf(b.status) || compare(a.minion, b.minion))
  const score = scoreOf(
    judgements.map(({ status }) => status === 'compliant'),
    [...demands.map(({ ok }) => ok), ...facts.problems.map(() => false)],
  )
  const judgedDemands = facts.contracts.map(demandOf)
  const { findings, resolved } = compareWithLast(all, facts.before, { at, judgements, demands: judgedDemands })
  const groups = groupFindings(findings)
  const point = { id, at, score: score.score, findings: groups.length }
  return {
    format: 1,
    id,
    at,
    target,
    operator,
    cached,
    ...(job === undefined ? {} : { job }),
    fleet,
    ...score,
    minions: tally(judgements),
    contracts: { kept: demands.filter(({ ok }) => ok).length, broken: demands.filter(({ ok }) => !ok).length },
    levels: levelsOf(judgements, demands, findings),
    findings,
    groups,
    ...(facts.before === undefined ? {} : { previous: { id: facts.before.id, at: facts.before.at } }),
    resolved: groupFindings(resolved),
    judgements,
    demands: judgedDemands,
    trend: [...facts.trend, point].slice(-TREND),
  }
}

function demandOf({ level, role, minion, kind, expected, found, ok }: ContractFinding): ContractJudgement {
  return {
    level,
    ...(role === undefined ? {} : { role }),
    ...(minion === undefined ? {} : { minion }),
    kind,
    expected,
    found,
    ok,
  }
}

type Compare = (a: string, b: string) => number

/** Compares minions in natural order; each name is compared with others only once. */
function byName({ minions }: ComplianceFacts): Compare {
  const names = minions.map(({ minion }) => minion)
  const ranks = new Map([...new Set(names)].sort(compareNames).map((minion, rank) => [minion, rank]))
  return (a, b) => (ranks.get(a) ?? -1) - (ranks.get(b) ?? -1)
}

function worstFirst(a: Finding, b: Finding, compare: Compare): number {
  return (
    rankOf(a.status) - rankOf(b.status) ||
    compareText(a.level, b.level) ||
    compare(a.minion ?? '', b.minion ?? '') ||
    compareText(a.subject, b.subject)
  )
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
