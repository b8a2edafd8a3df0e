import type { ContractFinding } from '../../protocol/contract.ts'
import type { ComplianceFacts } from './facts.ts'
import { contractFinding, judgeMinion } from './judge-minion.ts'
import { type ComplianceReport, type ContractJudgement, type Finding, rankOf } from './report.ts'
import { levelsOf, scoreOf, tally } from './score.ts'

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
  const judged = facts.minions.map(minion => judgeMinion(minion, facts.contracts))
  const demands = facts.contracts.filter(({ minion }) => minion === undefined)
  const findings = [
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
        ...(hint === undefined ? {} : { why: hint }),
        ...(source === undefined ? {} : { source }),
        next: 'master lint',
      }
    }),
    ...judged.flatMap(one => one.findings),
    ...demands.filter(({ ok }) => !ok).map(contractFinding),
  ]
    .map(finding => sinceBefore(finding, facts))
    .sort(worstFirst)
  const judgements = judged
    .map(({ judgement }) => judgement)
    .sort((a, b) => compare(a.level, b.level) || rankOf(a.status) - rankOf(b.status) || compare(a.minion, b.minion))
  const score = scoreOf(
    judgements.map(({ status }) => status === 'compliant'),
    [...demands.map(({ ok }) => ok), ...facts.problems.map(() => false)],
  )
  const point = { id, at, score: score.score, findings: findings.length }
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
    judgements,
    demands: facts.contracts.map(demandOf),
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

/** Uses the start time of the previous report when the same finding persists and the runs do not go back that far. */
function sinceBefore(finding: Finding, { before, at }: ComplianceFacts): Finding {
  const known = before?.findings.find(({ id }) => id === finding.id)?.since
  const earliest = [known, finding.since].filter(time => time !== undefined).sort()[0]
  return { ...finding, since: earliest ?? at }
}

function worstFirst(a: Finding, b: Finding): number {
  return (
    rankOf(a.status) - rankOf(b.status) ||
    compare(a.level, b.level) ||
    compare(a.minion ?? '', b.minion ?? '') ||
    compare(a.subject, b.subject)
  )
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
