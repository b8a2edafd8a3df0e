import type { CheckResult } from '../../protocol/checks.ts'
import type { ContractFinding } from '../../protocol/contract.ts'
import type { Problem } from '../../protocol/errors.ts'
import type { MinionFacts } from './facts.ts'
import { findingAbout } from './finding.ts'
import { hostFindings } from './judge-host.ts'
import { judgeStates, moment } from './judge-states.ts'
import type { Finding, MinionJudgement } from './report.ts'
import { rankOf } from './report.ts'

const UNPROVEN = 'a state that this check depends on would still change'

export interface JudgedMinion {
  readonly judgement: MinionJudgement
  readonly findings: readonly Finding[]
}

/** Evaluates one minion with its own contracts: all its findings, and the worst of them as its status. Pure. */
export function judgeMinion(facts: MinionFacts, contracts: readonly ContractFinding[]): JudgedMinion {
  const { minion, level = '', roles, test, applied, lastSeenAt } = facts
  const states = judgeStates(facts)
  const checks = test?.report?.checks ?? []
  const broken = contracts.filter(({ ok }) => !ok)
  const certificates = broken
    .filter(({ kind }) => kind === 'certificate')
    .map(one =>
      certificateFinding(
        facts,
        one,
        states.findings.find(({ subject }) => subject === one.state),
      ),
    )
  const told = new Set(certificates.map(({ subject }) => subject))
  const demands = broken.filter(({ kind }) => kind !== 'certificate')
  const silent = demands.flatMap(demand => silentPort(demand, states.findings))
  const findings = [
    ...linkFindings(facts),
    ...facts.problems.map(problem => compileFinding(facts, problem)),
    ...runFindings(facts),
    ...hostFindings(facts),
    ...states.findings.filter(({ subject }) => !told.has(subject)),
    ...checks.filter(({ outcome }) => outcome === 'failed').map(check => checkFinding(facts, check)),
    ...certificates,
    ...demands.filter(demand => !silent.some(one => one.demand === demand)).map(contractFinding),
  ]
  const status = findings.map(one => one.status).sort((a, b) => rankOf(a) - rankOf(b))[0] ?? 'compliant'
  const orphans = test?.report?.orphans ?? []
  const judgement: MinionJudgement = {
    minion,
    level,
    roles,
    status,
    findings: findings.length,
    right: states.right,
    passed: checks.filter(({ outcome }) => outcome === 'passed').map(({ key }) => key),
    follows: [
      ...states.follows,
      ...silent.map(({ demand, service }) => ({
        key: `${demand.role ?? ''}/${demand.kind}: ${demand.expected}`,
        note: `${demand.found}, as ${service} would still change`,
      })),
      ...checks
        .filter(({ outcome }) => outcome === 'may-change' || outcome === 'not-run')
        .map(({ key, outcome }) => ({ key, note: outcome === 'not-run' ? 'the run ended before it' : UNPROVEN })),
    ],
    ...(orphans.length === 0 ? {} : { orphans: orphans.map(({ thing, key }) => ({ thing, key })) }),
    ...(test?.report === undefined ? {} : { testedAt: test.report.finishedAt }),
    ...(test === undefined ? {} : { testRun: test.run }),
    ...(applied === undefined ? {} : { appliedAt: applied.at }),
    ...(lastSeenAt === undefined ? {} : { lastSeenAt }),
  }
  return { judgement, findings }
}

/** Finds the cause of a port that does not answer: a noncompliant service of its role. */
function silentPort(
  demand: ContractFinding,
  findings: readonly Finding[],
): readonly { readonly demand: ContractFinding; readonly service: string }[] {
  if (demand.kind !== 'ports' || demand.role === undefined) return []
  const service = findings.find(({ role, subject }) => role === demand.role && subject.includes('/service.'))
  return service === undefined ? [] : [{ demand, service: service.subject }]
}

/** Reports a minion that is offline, or online without an answer. */
function linkFindings(facts: MinionFacts): readonly Finding[] {
  const { minion, connected, lastSeenAt, test, problems } = facts
  const next = `master ping ${minion}`
  const link = { kind: 'link', subject: 'link' } as const
  if (!connected) {
    const since = lastSeenAt === undefined ? {} : { since: lastSeenAt }
    const title = lastSeenAt === undefined ? 'never connected' : 'offline'
    const detail = 'could not be inspected'
    return [findingAbout(facts, 'unreachable', { ...link, title, detail, next, ...since })]
  }
  if (test?.report !== undefined || problems.length > 0) return []
  if (test === undefined) {
    const title = 'no test run'
    return [findingAbout(facts, 'unreachable', { ...link, title, next: `master test ${minion}` })]
  }
  if (test.state === 'failed' || test.state === 'cancelled') return []
  const title = `has not reported its test run, ordered at ${moment(test.queuedAt)}`
  return [
    findingAbout(facts, 'unreachable', { ...link, title, since: test.queuedAt, next: `master report ${test.run}` }),
  ]
}

function compileFinding(facts: MinionFacts, { code, message, hint, source }: Problem): Finding {
  return findingAbout(facts, 'failed', {
    kind: 'fleet',
    subject: `${code}${source === undefined ? '' : ` ${source.file}:${source.line}`}`,
    title: 'its catalog does not compile',
    detail: message,
    ...(hint === undefined ? {} : { why: hint }),
    ...(source === undefined ? {} : { source }),
    next: 'master lint',
  })
}

/** Reports a run that failed as a whole. */
function runFindings(facts: MinionFacts): readonly Finding[] {
  const { test } = facts
  if (test === undefined) return []
  const problem = test.report?.problem ?? test.problem
  const ended = test.state === 'failed' || test.state === 'cancelled'
  if (!ended || (problem === undefined && test.state === 'failed')) return []
  return [
    findingAbout(facts, 'failed', {
      kind: 'run',
      subject: 'run',
      title: test.state === 'cancelled' ? 'the test run was cancelled' : 'the test run failed',
      ...(problem === undefined ? {} : { detail: problem.message }),
      ...(problem?.hint === undefined ? {} : { why: problem.hint }),
      next: `master report ${test.run}`,
    }),
  ]
}

function checkFinding(facts: MinionFacts, { key, problem }: CheckResult): Finding {
  const [role] = key.split('/')
  return findingAbout(facts, 'failed', {
    kind: 'check',
    subject: key,
    ...(role === undefined ? {} : { role }),
    title: `check ${key}`,
    detail: problem?.message ?? 'it failed',
    ...(problem?.hint === undefined ? {} : { why: problem.hint }),
    next: `master report ${facts.test?.run ?? facts.minion}`,
  })
}

/**
 * Reports an invalid certificate on the host. If its state also drifted (the file was replaced), both are one finding, with
 * what an apply would do.
 */
function certificateFinding(
  facts: MinionFacts,
  { state, expected, found }: ContractFinding,
  drift: Finding | undefined,
): Finding {
  const key = state ?? 'certificate'
  const { title: _title, ...same } = drift ?? {}
  return findingAbout(facts, 'failed', {
    next: `master apply ${facts.minion}`,
    ...same,
    id: `${facts.minion}/certificate/${key}`,
    status: 'failed',
    kind: 'certificate',
    subject: key,
    ...(state === undefined ? {} : { role: key.split('/')[0] ?? '' }),
    title: `certificate ${key}`,
    detail: `expected ${expected}, found ${found}`,
    expected,
    found,
  })
}

/** Reports a contract requirement that is not met, by one minion or by a whole level. Pure. */
export function contractFinding({ level, role, minion, kind, expected, found }: ContractFinding): Finding {
  const subject = role === undefined ? kind : `${role}/${kind}`
  return {
    id: `${minion ?? level}/contract/${subject}/${expected}`,
    status: 'contract-broken',
    kind: 'contract',
    level,
    ...(role === undefined ? {} : { role }),
    ...(minion === undefined ? {} : { minion }),
    subject,
    title: `contract ${subject}`,
    detail: `expected ${expected}, found ${found}`,
    expected,
    found,
    actions: [],
    states: [],
    isNew: false,
    next: minion === undefined ? 'master roles' : `master minions ${minion}`,
  }
}
