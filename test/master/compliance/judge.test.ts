import { describe, expect, it } from 'vitest'
import { judge } from '../../../master/compliance/judge.ts'
import type { ComplianceReport } from '../../../master/compliance/report.ts'
import type { MinionId } from '../../../protocol/ids.ts'
import type { RunState } from '../../../protocol/report.ts'
import { catalog, facts, minion, NOW, result, state } from './facts.ts'
import { tenTroubles } from './ten-troubles.ts'

const MOTD = 'base/file.managed//etc/motd'

/** Lists `status who subject` of every finding. */
function named({ findings }: ComplianceReport): readonly string[] {
  return findings.map(({ status, minion: who, level, subject }) => `${status} ${who ?? level} ${subject}`)
}

it('judge names ten planted faults, each once, the worst first', () => {
  expect(named(judge(tenTroubles()))).toEqual([
    'unreachable web2 link',
    'failed db1 db/replicates',
    'failed db1 db/tls.certificate/mariadb',
    'contract-broken production masterdb/count',
    'drifted db1 db/file.managed//etc/mysql/mariadb.conf.d/60-fleet.cnf',
    'drifted db2 db/service.running/mariadb',
    'drifted web1 base/group.present/sudo',
    'drifted web1 web/file.managed//etc/nginx/secret.key',
    'drifted web1 web/pkg.installed/curl',
    'outdated web9 catalog',
  ])
})

it('judge finds nothing and gives 100 % when everything is as applied', () => {
  const report = judge(facts([minion('a', {}), minion('b', {})]))

  expect(report).toMatchObject({ score: 100, right: 2, judged: 2, findings: [] })
  expect(report.judgements.map(({ status }) => status)).toEqual(['compliant', 'compliant'])
})

it('the status of a minion is that of its worst finding, and every finding is listed', () => {
  const report = judge(tenTroubles())
  const db1 = report.judgements.find(one => one.minion === 'db1')

  expect(db1).toMatchObject({ status: 'failed', findings: 3, passed: ['db/answers'] })
})

it('the score counts minions and contract demands and is never rounded up to 100', () => {
  const many = Array.from({ length: 1999 }, (_, index) => minion(`m${index}`, {}))
  const report = judge(facts([...many, { ...minion('z', {}), connected: false }]))

  expect(report.score).toBe(99.9)
  expect(judge(tenTroubles())).toMatchObject({ score: 40, right: 4, judged: 10, contracts: { kept: 2, broken: 1 } })
})

it('a finding of one role counts against that role only, and an offline minion against all of its roles', () => {
  const [production] = judge(tenTroubles()).levels
  const score = (role: string) => production?.roles.find(one => one.role === role)

  expect(score('db')).toMatchObject({ right: 1, judged: 3 })
  expect(score('base')).toMatchObject({ minions: ['db1', 'db2', 'web1', 'dns1', 'mail1'].sort() })
  expect(score('base')).toMatchObject({ right: 4, judged: 5 })
  expect(score('web')).toMatchObject({ right: 0, judged: 2 })
})

describe('a state that is wrong', () => {
  const wrong = (changes = {}) => [result({ key: MOTD, ...changes }, 'would-change')]

  it('a wrong state has the cause by-hand when the current catalog is the applied one', () => {
    const [finding] = judge(facts([minion('a', { wrong: wrong() })])).findings

    expect(finding).toMatchObject({ status: 'drifted', cause: 'by-hand', subject: MOTD, next: 'master apply a' })
  })

  it('a wrong state is outdated when its declaration changed since the last apply', () => {
    const [old, edited] = ['a', 'b'].map(contents => catalog('a', [state(MOTD, { params: { contents } })]))
    if (old === undefined || edited === undefined) throw new TypeError('two')
    const { findings } = judge(facts([minion('a', { catalog: edited, applied: old, wrong: wrong() })]))

    expect(findings).toHaveLength(1)
    expect(findings[0]).toMatchObject({
      status: 'outdated',
      cause: 'fleet-changed',
      states: [{ key: MOTD, change: 'changed' }],
    })
  })

  it('a change of line number, revision or placeholder number does not make a state outdated', () => {
    const at = (line: number, slot: number, mac: string) =>
      catalog(
        'a',
        [
          state(MOTD, {
            params: { contents: { $text: ['x', { slot }] } },
            declaredAt: [{ file: 'roles/base/states.yml', line, column: 1 }],
          }),
        ],
        {
          slots: [
            { path: 'other', mac: 'o' },
            { path: 'a.b', mac },
            { path: 'a.b', mac },
          ],
        },
      )

    const same = judge(facts([minion('a', { catalog: at(9, 1, 'm'), applied: at(3, 2, 'm'), wrong: wrong() })]))
    const rotated = judge(facts([minion('a', { catalog: at(3, 1, 'n'), applied: at(3, 1, 'm'), wrong: wrong() })]))

    expect(same.findings[0]?.cause).toBe('by-hand')
    expect(rotated.findings[0]?.cause).toBe('fleet-changed')
  })

  it('a wrong state is attributed to the last apply when that apply failed on it', () => {
    const good = minion('a', { wrong: wrong() })
    if (good.applied === undefined) throw new TypeError('it was applied')
    const failed = { ...good.applied.report, results: [result({ key: MOTD }, 'failed')] }
    const report = judge(facts([{ ...good, applied: { ...good.applied, report: failed } }]))

    expect(report.findings[0]).toMatchObject({ status: 'drifted', cause: 'left-undone' })
  })

  it('wrong states of a minion that was never applied are part of one finding and not drift', () => {
    const { applied: _applied, ...rest } = minion('a', { wrong: wrong() })
    const { findings } = judge(facts([rest]))

    expect(findings.map(({ cause, states }) => [cause, states.map(({ key }) => key)])).toEqual([
      ['never-applied', [MOTD]],
    ])
  })

  it('a wrong state dates from the first run of the unbroken series in which it was wrong', () => {
    const past = (at: string, keys: readonly string[]) => ({ run: at, at, wrong: new Set(keys) })
    const history = [
      past('2026-11-21T08:00:00.000Z', [MOTD]),
      past('2026-11-21T07:00:00.000Z', [MOTD, 'x']),
      past('2026-11-21T06:00:00.000Z', []),
      past('2026-11-21T05:00:00.000Z', [MOTD]),
    ]
    const report = judge(facts([{ ...minion('a', { wrong: wrong() }), history }]))

    expect(report.findings[0]?.since).toBe('2026-11-21T07:00:00.000Z')
  })

  it.each([
    ['only reacts', result({ key: MOTD, follows: true, reacted: true }, 'would-change')],
    ['cannot be known yet', result({ key: MOTD }, 'may-change')],
    ['is blocked by another', result({ key: MOTD }, 'blocked')],
  ])('a wrong state is no finding of its own when it %s', (_, wrongState) => {
    const report = judge(facts([minion('a', { wrong: [wrongState] })]))

    expect(report.findings.filter(({ kind }) => kind === 'state')).toEqual([])
    expect(report.judgements[0]?.follows.map(({ key }) => key)).toEqual([MOTD])
  })

  it('a state that only runs by onchanges or at every apply is no finding', () => {
    const run = state('base/cmd.run/refresh', { requisites: { onchanges: [state(MOTD).key] } })
    const always = state('base/cmd.run/always')
    const found = [MOTD, run.key, always.key].map(key => result({ key }, 'would-change'))
    const { findings, judgements } = judge(
      facts([minion('a', { catalog: catalog('a', [state(MOTD), run, always]), wrong: found })]),
    )

    expect(findings.map(({ subject }) => subject)).toEqual([MOTD])
    expect(judgements[0]?.follows.map(({ key }) => key)).toEqual([run.key, always.key])
  })
})

describe('a port that does not answer', () => {
  const NGINX = 'web/service.running/nginx'
  const demand = {
    level: 'production',
    role: 'web',
    minion: 'a' as MinionId,
    kind: 'ports',
    expected: '80/tcp answers',
  } as const
  const closed = [{ ...demand, found: 'no answer (ECONNREFUSED)', ok: false }]

  it('a closed port is no finding while a service of its role is stopped', () => {
    const wrong = [result({ key: NGINX }, 'would-change')]
    const a = minion('a', { catalog: catalog('a', [state(NGINX)]), wrong })
    const { findings, judgements } = judge(facts([a], { contracts: closed }))

    expect(findings.map(({ subject }) => subject)).toEqual([NGINX])
    expect(judgements[0]?.follows).toEqual([
      { key: 'web/ports: 80/tcp answers', note: `no answer (ECONNREFUSED), as ${NGINX} would still change` },
    ])
  })

  it('a closed port breaks the contract when its service is fine or the stopped service is of another role', () => {
    const other = 'base/service.running/cron'
    const wrong = [result({ key: other }, 'would-change')]
    const a = minion('a', { catalog: catalog('a', [state(NGINX), state(other)]), wrong })
    const { findings } = judge(facts([a], { contracts: closed }))

    expect(findings.map(({ status, subject }) => [status, subject])).toEqual([
      ['contract-broken', 'web/ports'],
      ['drifted', other],
    ])
  })
})

describe('a minion that gave no answer', () => {
  const silent = (runState: RunState) => {
    const { test, ...rest } = minion('a', {})
    if (test === undefined) throw new TypeError('it was tested')
    const { report: _report, ...unanswered } = test
    return { ...rest, test: { ...unanswered, state: runState } }
  }

  it('an offline minion is unreachable since it was last seen', () => {
    const { test: _test, ...offline } = { ...minion('a', {}), connected: false, lastSeenAt: '2026-11-21T05:00:00.000Z' }

    expect(judge(facts([offline])).findings).toMatchObject([
      { status: 'unreachable', since: '2026-11-21T05:00:00.000Z', next: 'master ping a' },
    ])
  })

  it('an online minion whose dry run has not finished is unreachable', () => {
    expect(judge(facts([silent('running')])).findings).toMatchObject([{ status: 'unreachable', kind: 'link' }])
  })

  it('a minion whose dry run was cancelled has the status failed', () => {
    expect(judge(facts([silent('cancelled')])).findings).toMatchObject([{ status: 'failed', kind: 'run' }])
  })

  it('a minion whose catalog does not compile has the status failed, with the location', () => {
    const { test: _test, compiled: _compiled, ...rest } = minion('a', {})
    const source = { file: 'roles/base/states.yml', line: 3, column: 1 }
    const problems = [{ code: 'PARAM_UNKNOWN' as const, message: 'no `mod`', source }]

    expect(judge(facts([{ ...rest, problems }])).findings).toMatchObject([
      { status: 'failed', kind: 'fleet', detail: 'no `mod`', source, next: 'master lint' },
    ])
  })
})

it('a finding keeps the time of its first detection from the previous report', () => {
  const earlier = judge({ ...tenTroubles(), at: '2026-11-21T07:00:00.000Z' })
  const later = judge({ ...tenTroubles(), at: NOW, before: earlier })

  const count = (report: ComplianceReport) => report.findings.find(({ subject }) => subject === 'masterdb/count')
  expect(count(earlier)?.since).toBe('2026-11-21T07:00:00.000Z')
  expect(count(later)?.since).toBe('2026-11-21T07:00:00.000Z')
})

it('a new report is appended to the trend', () => {
  const { trend } = judge(tenTroubles())

  expect(trend).toHaveLength(12)
  expect(trend.at(-1)).toEqual({ id: 'compliance-01', at: NOW, score: 40, findings: 10 })
})
