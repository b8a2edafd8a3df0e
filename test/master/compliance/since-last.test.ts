import { describe, expect, it } from 'vitest'
import type { ComplianceFacts, MinionFacts } from '../../../master/compliance/facts.ts'
import { judge } from '../../../master/compliance/judge.ts'
import type { ComplianceReport } from '../../../master/compliance/report.ts'
import { fromStored } from '../../../master/compliance/stored-report.ts'
import { catalog, facts, minion, NOW, result, state } from './facts.ts'

const KEYS = ['base/service.running/chrony', 'base/pkg.installed/curl']
const YESTERDAY = '2026-11-20T08:00:00.000Z'

function broken(id: string, keys: readonly string[]): MinionFacts {
  const wrong = keys.map(key => result({ key, actions: [{ kind: 'unit', summary: 'fix' }] }, 'would-change'))
  const states = KEYS.map(key => state(key))
  return minion(id, { catalog: catalog(id, states), wrong })
}

function offline(id: string): MinionFacts {
  const { test: _test, ...rest } = broken(id, [])
  return { ...rest, connected: false, lastSeenAt: YESTERDAY }
}

function after(before: readonly MinionFacts[], now: readonly MinionFacts[], changes: Partial<ComplianceFacts> = {}) {
  const first = judge(facts(before, { id: 'compliance-00', at: YESTERDAY }))
  return judge(facts(now, { before: first, ...changes }))
}

const named = (list: ComplianceReport['groups']): readonly string[] => {
  return list.map(({ subject, minions }) => `${subject} ${minions.map(one => one.minion).join(',')}`)
}

describe('what changed since the last report', () => {
  it('a finding that the last report did not have is new, one that it had keeps its start', () => {
    const report = after([broken('a', KEYS.slice(0, 1))], [broken('a', KEYS)])

    expect(report.previous).toEqual({ id: 'compliance-00', at: YESTERDAY })
    expect(report.findings.map(({ subject, isNew }) => [subject, isNew])).toEqual([
      [KEYS[1], true],
      [KEYS[0], false],
    ])
  })

  it('nothing is new in the first report of a target', () => {
    const report = judge(facts([broken('a', KEYS)]))

    expect(report.findings.filter(({ isNew }) => isNew)).toEqual([])
    expect(report).not.toHaveProperty('previous')
  })

  it('a group is new when one more minion has the finding, and says on which', () => {
    const report = after([broken('a', KEYS), broken('b', [])], [broken('a', KEYS), broken('b', KEYS)])

    expect(report.groups.map(({ isNew, minions }) => [isNew, minions.map(one => one.isNew)])).toEqual([
      [true, [false, true]],
      [true, [false, true]],
    ])
  })

  it('a finding that is gone after an inspection is resolved, once for all its minions', () => {
    const report = after([broken('a', KEYS), broken('b', KEYS)], [broken('a', []), broken('b', KEYS.slice(1))])

    expect(named(report.resolved)).toEqual([`${KEYS[1]} a`, `${KEYS[0]} a,b`])
    expect(report.resolved[0]).toMatchObject({ actions: [] })
  })

  it('findings of a minion that is offline now, or no longer in the report, are not resolved', () => {
    const before = [broken('a', KEYS), broken('b', KEYS), broken('c', [])]

    expect(after(before, [offline('a'), broken('c', [])]).resolved).toEqual([])
  })

  it('an offline minion that is back is resolved', () => {
    expect(after([offline('a')], [broken('a', [])]).resolved).toMatchObject([{ kind: 'link', title: 'offline' }])
  })

  it('a contract is resolved when it is met, and not when nobody may see it', () => {
    const contract = { kind: 'count' as const, level: 'production', role: 'db', expected: 'one', found: '2', ok: false }
    const first = judge(facts([broken('a', [])], { contracts: [contract] }))
    const resolved = (contracts: ComplianceFacts['contracts']) =>
      judge(facts([broken('a', [])], { before: first, contracts })).resolved

    expect(named(resolved([{ ...contract, ok: true }]))).toEqual(['db/count '])
    expect(resolved([])).toEqual([])
  })

  it('comparing with the last report reads each finding a constant number of times', () => {
    const reads = (size: number): number => {
      let count = 0
      const all = Array.from({ length: size }, (_, index) => broken(`m${index}`, KEYS))
      const first = judge(facts(all, { at: YESTERDAY }))
      const findings = first.findings.map(
        one =>
          new Proxy(one, {
            get: (target, name) => {
              count += 1
              return Reflect.get(target, name)
            },
          }),
      )
      judge(facts(all, { before: { ...first, findings } }))
      return count
    }
    const [one, two, four] = [reads(50), reads(100), reads(200)]

    expect(two / one).toBeCloseTo(2, 1)
    expect(four / one).toBeCloseTo(4, 1)
  })
})

describe('reports that earlier versions stored', () => {
  it('a stored report without groups is shown with them, and with nothing new', () => {
    const { groups, resolved: _resolved, findings, ...rest } = judge(facts([broken('a', KEYS), broken('b', KEYS)]))
    const old = findings.map(({ isNew: _isNew, ...finding }) => finding)

    expect(fromStored({ ...rest, findings: old })).toMatchObject({ groups, resolved: [], findings })
  })
})

it('a report in the facts names minions in natural order', () => {
  const report = judge(facts(['web10', 'web9', 'web2'].map(id => broken(id, KEYS))))

  expect(named(report.groups)).toEqual([`${KEYS[1]} web2,web9,web10`, `${KEYS[0]} web2,web9,web10`])
  expect(report.at).toBe(NOW)
})
