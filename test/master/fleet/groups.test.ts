import { expect, it } from 'vitest'
import { parseFleetFile } from '../../../master/fleet/fleet-file.ts'
import { matches, type TargetView } from '../../../master/target/match.ts'

const HEAD = 'id: 0123456789abcdef\nlevels: [production, staging]\n'

function parse(groups: string) {
  const grantable = new Map([['test', 'minions'] as const])
  return parseFleetFile(`${HEAD}${groups}`, { roles: ['db', 'web'], grantable })
}

function found(groups: string): readonly string[] {
  return parse(groups).problems.map(({ message, hint, source }) => `${source?.line} ${message} | ${hint ?? ''}`)
}

const VIEWS: readonly TargetView[] = [
  { id: 'web1', roles: ['web'], level: 'staging', grains: { os: 'debian' } },
  { id: 'lb1', roles: [], level: 'production', grains: {} },
  { id: 'db1', roles: ['db'], level: 'production', grains: {} },
]

it('groups in fleet.yml are targets under a name: a text, or a list that means any of its items', () => {
  const { groups, problems } = parse(`groups:
  edge: [web1, "lb*"]
  dbs: role=db level=production
  several: web1 db1
  all_of_them: [group=edge, dbs]
`)
  const members = (name: string): readonly string[] =>
    VIEWS.filter(view => matches(groups.get(name)?.target ?? { kind: 'all' }, view)).map(({ id }) => id)

  expect(problems).toEqual([])
  expect(members('edge')).toEqual(['web1', 'lb1'])
  expect(members('dbs')).toEqual(['db1'])
  expect(members('several')).toEqual(['web1', 'db1'])
  expect(members('all_of_them')).toEqual(['web1', 'lb1', 'db1'])
})

it('groups in fleet.yml may name groups that stand below them', () => {
  const { groups, problems } = parse('groups:\n  outer: [inner]\n  inner: [web1]\n')

  expect(problems).toEqual([])
  expect(VIEWS.filter(view => matches(groups.get('outer')?.target ?? { kind: 'all' }, view))).toHaveLength(1)
})

it('groups in fleet.yml with mistakes are told all at once, with their lines', () => {
  expect(
    found(`groups:
  Edge: web1
  online: web1
  role: web1
  empty: []
  wrong: [rol=web]
  unknown: [group=egde, role=wbe]
  down: failed
  a: [b]
  b: [c, a]
  c: web1
`),
  ).toEqual([
    expect.stringMatching(/^4 a group is named by up to 40 of a-z/),
    '5 `online` is a target word, so no group can be named so | Choose another name.',
    '6 `role` is a target word, so no group can be named so | Choose another name.',
    expect.stringMatching(/^7 the group `empty` is empty \| For example, write/),
    '8 `wrong`: `rol` is no target word | Did you mean `role=`?',
    expect.stringMatching(/^9 `unknown`: there is no group `egde`/),
    '9 there is no role `wbe`; there are db, web | Did you mean `role=web`?',
    expect.stringMatching(/^10 `down`: a group cannot depend on `failed`, which changes by itself/),
    '11 the group `a` contains itself: a -> b -> a | Take one of them out.',
  ])
})

it('groups in fleet.yml can be what a right is given to, unless they depend on what minions report', () => {
  const groups = 'groups: {edge: [web1], old: grain.osrelease=11}\n'
  const right = (target: string): string => `operators: {anna: {rights: [{verbs: [test], target: "${target}"}]}}\n`

  expect(found(groups + right('group=edge'))).toEqual([])
  expect(found(groups + right('group=old'))).toEqual([
    expect.stringMatching(/^4 a right cannot depend on `grain.osrelease`, which a minion reports about itself/),
  ])
  expect(found(groups + right('edge'))).toEqual([
    expect.stringMatching(/^4 `target`: `edge` is a group \| Write `group=edge`/),
  ])
  expect(found(groups + right('group=gone'))).toEqual([expect.stringMatching(/^4 `target`: there is no group `gone`/)])
  expect(found(groups + right('failed'))).toEqual([
    expect.stringMatching(/^4 `target`: a right or a pillar file cannot/),
  ])
})
