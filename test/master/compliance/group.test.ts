import { describe, expect, it } from 'vitest'
import { groupFindings } from '../../../master/compliance/group.ts'
import type { Finding } from '../../../master/compliance/report.ts'

function finding(minion: string | undefined, changes: Partial<Finding> = {}): Finding {
  return {
    id: `${minion}/state/x`,
    status: 'drifted',
    kind: 'state',
    level: 'production',
    subject: 'base/service.running/chrony',
    title: 'service.running chrony',
    actions: ['start chrony'],
    states: [],
    isNew: false,
    since: '2026-11-20T08:00:00.000Z',
    ...(minion === undefined ? {} : { minion, next: `master apply ${minion}` }),
    ...changes,
  }
}

const namesOf = (findings: readonly Finding[]): readonly (readonly string[])[] => {
  return groupFindings(findings).map(({ minions }) => minions.map(({ minion }) => minion))
}

describe('findings that are equal apart from the minion', () => {
  it('equal findings of three minions are one group with its minions, levels and one command', () => {
    const groups = groupFindings([finding('web1'), finding('web2', { level: 'staging' }), finding('web3')])

    expect(groups).toEqual([
      {
        status: 'drifted',
        kind: 'state',
        subject: 'base/service.running/chrony',
        title: 'service.running chrony',
        actions: ['start chrony'],
        states: [],
        levels: ['production', 'staging'],
        minions: ['web1', 'web2', 'web3'].map(minion => ({ minion, isNew: false, since: '2026-11-20T08:00:00.000Z' })),
        isNew: false,
        since: '2026-11-20T08:00:00.000Z',
        next: 'master apply web1,web2,web3',
      },
    ])
  })

  it.each<Partial<Finding>>([
    { status: 'failed' },
    { subject: 'base/service.running/cron' },
    { detail: 'other' },
    { actions: ['restart chrony'] },
    { diff: '+b' },
    { found: 'other' },
    { cause: 'by-hand' },
    { states: [{ key: 'base/x/y', change: 'added', actions: [] }] },
  ])('findings that differ in %o are two groups', difference => {
    expect(namesOf([finding('web1'), finding('web2', difference)])).toEqual([['web1'], ['web2']])
  })

  it('texts that differ only by the name of the minion are equal, and the group says {{minion.id}}', () => {
    const about = (id: string) => finding(id, { detail: `/etc/${id}.conf of ${id}.example.org`, diff: `+${id}\n` })

    expect(groupFindings([about('web1'), about('web2')])).toMatchObject([
      { detail: '/etc/{{minion.id}}.conf of {{minion.id}}.example.org', diff: '+{{minion.id}}\n' },
    ])
    expect(groupFindings([about('web1')])).toMatchObject([{ detail: '/etc/web1.conf of web1.example.org' }])
  })

  it('a minion whose name is a part of other words leaves these words alone', () => {
    const [first, ...others] = groupFindings([
      finding('a', { detail: 'a data a.conf-a' }),
      finding('b', { detail: 'b data b.conf-b' }),
    ])

    expect(others).toEqual([])
    expect(first?.detail).toBe('{{minion.id}} data {{minion.id}}.conf-{{minion.id}}')
    expect(namesOf([finding('state', { detail: 'aa' }), finding('drifted', { detail: 'aa' })])).toHaveLength(1)
  })

  it('a text that has the name twice without a gap is not taken for another minion', () => {
    expect(namesOf([finding('a', { detail: 'aaa' }), finding('b', { detail: 'bbb' })])).toHaveLength(2)
  })

  it('findings about two levels are two groups without minions', () => {
    const groups = groupFindings([finding(undefined), finding(undefined, { level: 'staging' })])

    expect(groups.map(({ levels, minions }) => [levels, minions])).toEqual([
      [['production'], []],
      [['staging'], []],
    ])
  })

  it('a group has the earliest start, is new if it is new on one minion, and keeps a reason only if all share it', () => {
    const why = 'it was compliant after the apply of'
    const [group] = groupFindings([
      finding('web1', { why: `${why} 08:00` }),
      finding('web2', { why: `${why} 09:00`, since: '2026-11-19T08:00:00.000Z', isNew: true }),
    ])

    expect(group).toMatchObject({ since: '2026-11-19T08:00:00.000Z', isNew: true })
    expect(group).not.toHaveProperty('why')
  })

  it('a group of many minions has no command of its own', () => {
    const many = Array.from({ length: 13 }, (_, index) => finding(`web${index}`))

    expect(groupFindings(many)[0]).not.toHaveProperty('next')
    expect(groupFindings(many.slice(1))[0]?.next).toBe(
      `master apply ${many
        .slice(1)
        .map(({ minion }) => minion)
        .join(',')}`,
    )
  })

  it('grouping reads each finding a constant number of times', () => {
    const reads = (size: number): number => {
      let count = 0
      const counted = Array.from({ length: size }, (_, index) => {
        const plain = finding(`web${index}`, { subject: `base/service.running/${index % 7}` })
        return new Proxy(plain, {
          get: (target, name) => {
            count += 1
            return Reflect.get(target, name)
          },
        })
      })
      groupFindings(counted)
      return count
    }
    const [one, two, four] = [reads(500), reads(1000), reads(2000)]

    expect(two / one).toBeCloseTo(2, 1)
    expect(four / one).toBeCloseTo(4, 1)
  })
})
