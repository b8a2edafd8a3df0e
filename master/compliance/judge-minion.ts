import type { Problem } from '../../protocol/errors.ts'
import type { ContractFact, MinionFacts } from './facts.ts'
import { judgeStates, moment } from './judge-states.ts'
import type { Finding, MinionJudgement, Trouble } from './report.ts'
import { rankOf } from './report.ts'

export interface JudgedMinion {
  readonly judgement: MinionJudgement
  readonly findings: readonly Finding[]
}

/** Everything that is wrong with one minion, and its status: the worst of it. Pure. */
export function judgeMinion(facts: MinionFacts, at: string, contracts: readonly ContractFact[]): JudgedMinion {
  const { minion, level = '', roles, test, applied, lastSeenAt } = facts
  const states = judgeStates(facts)
  const checks = test?.report?.checks ?? []
  const findings = [
    ...linkFindings(facts),
    ...facts.problems.map(problem => compileFinding(facts, problem)),
    ...runFindings(facts),
    ...states.findings,
    ...checks.filter(({ outcome }) => outcome === 'failed').map(check => checkFinding(facts, check)),
    ...expired(facts, at),
    ...contracts.filter(one => one.minion === minion && !one.ok).map(one => contractFinding(one)),
  ]
  const status = findings.map(one => one.status).sort((a, b) => rankOf(a) - rankOf(b))[0] ?? 'compliant'
  const judgement: MinionJudgement = {
    minion,
    level,
    roles,
    status,
    findings: findings.length,
    right: states.right,
    passed: checks.filter(({ outcome }) => outcome === 'passed').map(({ key }) => key),
    follows: states.follows,
    ...(test?.report === undefined ? {} : { testedAt: test.report.finishedAt }),
    ...(test === undefined ? {} : { testRun: test.run }),
    ...(applied === undefined ? {} : { appliedAt: applied.at }),
    ...(lastSeenAt === undefined ? {} : { lastSeenAt }),
  }
  return { judgement, findings }
}

type Words = Pick<Finding, 'kind' | 'subject' | 'title'> & Partial<Finding>

function finding(facts: MinionFacts, status: Trouble, words: Words): Finding {
  const { minion, level = '' } = facts
  const id = words.kind === words.subject ? `${minion}/${words.kind}` : `${minion}/${words.kind}/${words.subject}`
  return { id, status, level, minion, actions: [], states: [], ...words }
}

/** Away, or here and without an answer. */
function linkFindings(facts: MinionFacts): readonly Finding[] {
  const { minion, connected, lastSeenAt, test, problems } = facts
  const next = `master ping ${minion}`
  const link = { kind: 'link', subject: 'link' } as const
  if (!connected) {
    const since = lastSeenAt === undefined ? {} : { since: lastSeenAt }
    const title = lastSeenAt === undefined ? 'never connected' : `away since ${moment(lastSeenAt)}`
    return [finding(facts, 'unreachable', { ...link, title, next, ...since })]
  }
  if (test?.report !== undefined || problems.length > 0) return []
  if (test === undefined) {
    const title = 'no test run to judge'
    return [finding(facts, 'unreachable', { ...link, title, next: `master test ${minion}` })]
  }
  if (test.state === 'failed' || test.state === 'cancelled') return []
  const title = `has not answered its test run, ordered at ${moment(test.queuedAt)}`
  return [finding(facts, 'unreachable', { ...link, title, since: test.queuedAt, next: `master report ${test.run}` })]
}

function compileFinding(facts: MinionFacts, { code, message, hint, source }: Problem): Finding {
  return finding(facts, 'failed', {
    kind: 'fleet',
    subject: `${code}${source === undefined ? '' : ` ${source.file}:${source.line}`}`,
    title: `does not compile: ${message}`,
    ...(hint === undefined ? {} : { why: hint }),
    ...(source === undefined ? {} : { source }),
    next: 'master lint',
  })
}

/** A run that came to nothing as a whole. */
function runFindings(facts: MinionFacts): readonly Finding[] {
  const { test } = facts
  if (test === undefined) return []
  const problem = test.report?.problem ?? test.problem
  const ended = test.state === 'failed' || test.state === 'cancelled'
  if (!ended || (problem === undefined && test.state === 'failed')) return []
  return [
    finding(facts, 'failed', {
      kind: 'run',
      subject: 'run',
      title: `the test run ${test.state === 'cancelled' ? 'was cancelled' : `failed: ${problem?.message ?? ''}`}`,
      ...(problem?.hint === undefined ? {} : { why: problem.hint }),
      next: `master report ${test.run}`,
    }),
  ]
}

type Check = NonNullable<NonNullable<NonNullable<MinionFacts['test']>['report']>['checks']>[number]

function checkFinding(facts: MinionFacts, { key, problem }: Check): Finding {
  const [role] = key.split('/')
  return finding(facts, 'failed', {
    kind: 'check',
    subject: key,
    ...(role === undefined ? {} : { role }),
    title: `check ${key}: ${problem?.message ?? 'failed'}`,
    ...(problem?.hint === undefined ? {} : { why: problem.hint }),
    next: `master report ${facts.test?.run ?? facts.minion}`,
  })
}

function expired(facts: MinionFacts, at: string): readonly Finding[] {
  return facts.certificates
    .filter(({ notAfter }) => notAfter <= at)
    .map(({ key, notAfter }) =>
      finding(facts, 'failed', {
        kind: 'certificate',
        subject: key,
        role: key.split('/')[0] ?? '',
        title: `the certificate of ${key} expired on ${moment(notAfter)}`,
        since: notAfter,
        why: 'an apply issues a new one and puts it in place',
        next: `master apply ${facts.minion}`,
      }),
    )
}

/** A demand that is not met: of one minion, or of a whole level. Pure. */
export function contractFinding({ level, role, minion, kind, expected, found, hint }: ContractFact): Finding {
  const who = minion ?? `${level}/${role}`
  return {
    id: `${who}/contract/${role}/${kind}`,
    status: 'contract-broken',
    kind: 'contract',
    level,
    role,
    ...(minion === undefined ? {} : { minion }),
    subject: `${role}/${kind}`,
    title: `${role} ${kind.replaceAll('_', ' ')}: expected ${expected}, found ${found}`,
    expected,
    found,
    actions: [],
    states: [],
    ...(hint === undefined ? {} : { why: hint }),
    next: minion === undefined ? 'master roles' : `master minions ${minion}`,
  }
}
