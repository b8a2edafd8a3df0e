import { expect, it } from 'vitest'
import { loadPillar, pillarFor, withheldMatches } from '../../../master/pillar/for-minion.ts'
import { pillarAt } from '../../../master/yaml/pillar-tree.ts'

const OPENER = { fleet: 'fleet-one', keys: [] }
const load = (files: { readonly [path: string]: string }) => loadPillar(path => files[path], OPENER)

it('the pillar top file merges maps in order for matching minions, and later lists replace earlier ones', () => {
  const pillar = load({
    'pillar/top.yml': '- match: "*"\n  files: [common]\n- match: role=db\n  files: [db]\n',
    'pillar/common.yml': 'a: {x: 1, y: 1}\nl: [1, 2]\n',
    'pillar/db.yml': 'a: {y: 2}\nl: [3]\n',
  })
  expect(pillar.problems).toEqual([])
  const db = pillarFor(pillar, { id: 'db1', roles: ['db'], level: 'staging' })
  const web = pillarFor(pillar, { id: 'web1', roles: [], level: 'staging' })
  expect(pillarAt(db, ['a', 'x'])).toMatchObject({ value: 1 })
  expect(pillarAt(db, ['a', 'y'])).toMatchObject({ value: 2, position: { file: 'pillar/db.yml', line: 1 } })
  expect(pillarAt(db, ['l'])).toMatchObject({ items: [{ value: 3 }] })
  expect(pillarAt(web, ['a', 'y'])).toMatchObject({ value: 1, position: { file: 'pillar/common.yml' } })
})

it('files of an `id=` match go only to minions whose join token is covered by the match', () => {
  const pillar = load({
    'pillar/top.yml': '- match: id=db1\n  files: [one]\n- match: id=db*\n  files: [all]\n',
    'pillar/one.yml': 'a: 1\n',
    'pillar/all.yml': 'b: 1\n',
  })
  const seen = (joinedAs: string | undefined) => {
    const tree = pillarFor(pillar, { id: 'db1', roles: [], level: 'staging', joinedAs })
    return ['a', 'b'].filter(key => pillarAt(tree, [key]) !== undefined)
  }
  expect([undefined, 'db1', 'db?', '*'].map(seen)).toEqual([['a', 'b'], ['a', 'b'], ['b'], []])
})

it.each([
  // match, id, pattern of the token, whether it opens the files
  ['not id=guest*', 'guest7', '*', false],
  ['not id=guest*', 'db1', '*', false],
  ['not id=guest*', 'db1', 'db*', true],
  ['not id=guest*', 'guest7', 'g*', false],
  ['not id=guest*', 'guest7', 'guest7', false],
  ['not id=guest*', 'db1', undefined, true],
  ['role=x and not id=guest*', 'guest7', '*', false],
  ['role=x and not id=guest*', 'db1', 'db?', true],
  ['not (id=a* or id=b*)', 'b1', '*', false],
  ['not (id=a* or id=b*)', 'c1', 'c*', true],
  ['not (id=a* and role=x)', 'a1', '*', false],
  ['not (id=a* and role=y)', 'a1', '*', true],
  ['not not id=a*', 'a1', '*', false],
  ['not not id=a*', 'a1', 'a?', true],
  ['id=a* or role=x', 'c1', '*', true],
  ['id=a* or not id=a*', 'c1', '*', false],
] as const)('the pillar match `%s` for minion %s with a token for %s applies: %s', (match, id, joinedAs, expected) => {
  const pillar = load({
    'pillar/top.yml': `- match: "${match}"\n  files: [one]\n`,
    'pillar/one.yml': 'a: 1\n',
  })
  const tree = pillarFor(pillar, { id, roles: ['x'], level: 'staging', joinedAs })
  expect(pillar.problems).toEqual([])
  expect(pillarAt(tree, ['a']) !== undefined).toBe(expected)
})

it.each([
  // match, what entries that the token leaves open would add, whether it opens the files
  ['not role=db', ['db'], [], false],
  ['not role=d*', ['db'], [], false],
  ['not role=db', ['web'], [], true],
  ['role=x', ['x', 'db'], [], true],
  ['role=db', ['db'], [], false],
  ['not level=production', [], ['production'], false],
  ['level=staging', [], ['production'], true],
  ['not (role=db and level=staging)', ['db'], [], false],
  ['not (role=db or role=y)', ['db'], [], false],
  ['role=db or not role=db', ['db'], [], false],
] as const)(
  'the pillar match `%s` with roles %j and levels %j from withheld entries applies: %s',
  (match, roles, levels, expected) => {
    const pillar = load({
      'pillar/top.yml': `- match: "${match}"\n  files: [one]\n`,
      'pillar/one.yml': 'a: 1\n',
    })
    const view = { id: 'db1', roles: ['x'], level: 'staging', joinedAs: '*', leftOpen: { roles, levels } }
    expect(pillarAt(pillarFor(pillar, view), ['a']) !== undefined).toBe(expected)
    expect(withheldMatches(pillar, view)).toEqual(expected || !match.includes('not ') ? [] : [match])
  },
)

it('withheldMatches names the matches that apply to the id and not to the whole token', () => {
  const pillar = load({
    'pillar/top.yml':
      '- match: id=db1\n  files: []\n- match: "*"\n  files: []\n- match: not id=web*\n  files: []\n- match: id=x\n  files: []\n',
  })
  const of = (joinedAs: string | undefined) =>
    withheldMatches(pillar, { id: 'db1', roles: [], level: 'staging', joinedAs })

  expect(of('*')).toEqual(['id=db1', 'not id=web*'])
  expect(of('db*')).toEqual(['id=db1'])
  expect([of('db1'), of(undefined)]).toEqual([[], []])
})

it('the pillar top file rejects a match on grains with reason and location', () => {
  expect(load({ 'pillar/top.yml': '- match: os=debian\n  files: []\n' }).problems).toMatchObject([
    {
      code: 'FLEET_INVALID',
      message: '`os` is a grain, which a minion reports about itself, so it cannot select pillar files',
      source: { file: 'pillar/top.yml', line: 1, column: 10 },
      hint: 'Use `id`, `role` or `level`.',
    },
  ])
})

it('the pillar top file reports a missing pillar file by name', () => {
  expect(load({ 'pillar/top.yml': '- match: "*"\n  files: [gone]\n' }).problems).toMatchObject([
    { message: 'there is no file `pillar/gone.yml`', source: { line: 2 } },
  ])
})
