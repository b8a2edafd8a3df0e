import { describe, expect, it } from 'vitest'
import { demandNamed, matches, mayMatch, selectMinions, type TargetView } from '../../../master/target/match.ts'
import { parseTarget } from '../../../master/target/parse.ts'
import { type Condition, type Groups, namedIds } from '../../../master/target/target.ts'
import { AppError } from '../../../protocol/errors.ts'
import { globMatches } from '../../../protocol/glob.ts'

const VIEWS: readonly TargetView[] = [
  { id: 'db1', roles: ['base', 'db', 'masterdb'], level: 'staging', grains: { os: 'debian', num_cpus: 2 } },
  { id: 'db2', roles: ['base', 'db'], level: 'production', grains: { os: 'debian', num_cpus: 8 } },
  { id: 'web1', roles: ['base'], level: undefined, grains: {} },
]

function select(text: string): readonly string[] | string {
  try {
    return selectMinions(text, parseTarget(text), VIEWS, 'fleet').map(({ id }) => id)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const [{ code, message, hint }] = error.problems
    return `${code} ${message} | ${hint}`
  }
}

it.each([
  ['*', ['db1', 'db2', 'web1']],
  ['role=db', ['db1', 'db2']],
  ['role=db level=staging', ['db1']],
  ['role=db and not level=staging', ['db2']],
  ['not (role=db or web1)', undefined],
  ['id=db* and (role=masterdb or grain.num_cpus=8)', ['db1', 'db2']],
  ['web?', ['web1']],
  ['os=debian', ['db1', 'db2']],
  ['level=staging or web1', ['db1', 'web1']],
  ['db1 web1', ['db1', 'web1']],
  ['db1,web1', ['db1', 'web1']],
  ['db1 , web1', ['db1', 'web1']],
  ['web1, db2 db1', ['db1', 'db2', 'web1']],
  ['db* web1 os=debian', ['db1', 'db2']],
  ['os=debian db1 web1', ['db1']],
  ['db1 web1 or db2', ['db1', 'db2', 'web1']],
  ['db* not db2', ['db1']],
  ['* not db1,web1', ['db2']],
  ['not db1,db2', ['web1']],
  ['db* and *2', ['db2']],
  ['db1 web1 and level=staging', ['db1']],
  ['level=staging,production', ['db1', 'db2']],
  ['role=masterdb,web level=staging', ['db1']],
  ['id=db1,web1 level=staging', ['db1']],
  ['id=db1 web1', undefined],
  ['(db1 db2) level=production', ['db2']],
])('%s picks %j', (text, ids) => {
  if (ids === undefined) expect(select(text)).toMatch(/^TARGET_MATCHES_NOBODY/)
  else expect(select(text)).toEqual(ids)
})

it.each([
  ['role=bd', '`role=bd` matches none of 3 minions | Did you mean `role=db`?'],
  ['masterdb', '`masterdb` matches none of 3 minions | Did you mean `role=masterdb`?'],
  ['staging', '`staging` matches none of 3 minions | Did you mean `level=staging`?'],
  ['wbe1', '`wbe1` matches none of 3 minions | Did you mean `id=web1`?'],
  ['level=other', '`level=other` matches none of 3 minions | List the minions with `master minions`.'],
  ['site.yml', expect.stringContaining('For ids in a file, write `@site.yml`.')],
  [
    'fleet.yml inventory.yml roles',
    expect.stringContaining("Quote the star, or the shell puts file names in its place: `'*'`."),
  ],
  ['db1 and web1', expect.stringContaining('for any of several ids, write them side by side or with commas')],
])('%s matches no minion, and the hint names the nearest word', (text, words) => {
  const expected = typeof words === 'string' ? `TARGET_MATCHES_NOBODY ${words}` : words
  expect(select(text)).toEqual(expected)
})

it('a list of a thousand ids that no minion has is not repeated in the error', () => {
  const ids = Array.from({ length: 1000 }, (_, at) => `node${at}`).join(',')
  expect(select(ids)).toMatch(
    /^TARGET_MATCHES_NOBODY `node0,node1,node2 and 997 more \(list [0-9a-f]{8}\)` matches none/,
  )
})

it.each([
  ['fleet', '`*` matches nothing: no minions have joined yet', '`master join-token create`'],
  ['visible', '`*` matches nothing: your rights cover no minion', 'fleet.yml'],
] as const)('a target of a %s without minions says why nothing matches', (extent, message, hint) => {
  expect(() => selectMinions('*', parseTarget('*'), [], extent)).toThrow(
    expect.objectContaining({
      problems: [expect.objectContaining({ message, hint: expect.stringContaining(hint) })],
    }),
  )
})

it('a hostile pattern takes no time', () => {
  expect(globMatches(`${'*a'.repeat(60)}b`, 'a'.repeat(60))).toBe(false)
})

describe('a condition', () => {
  const views: readonly TargetView[] = VIEWS.map((view, at) => {
    return { ...view, conditions: new Set<Condition>(at === 0 ? ['online', 'failed'] : ['offline', 'outdated']) }
  })
  const picked = (text: string): readonly string[] =>
    views.filter(view => matches(parseTarget(text), view)).map(({ id }) => id)

  it('a condition narrows as a word with a value does, and a list of them means any of them', () => {
    expect(picked('online')).toEqual(['db1'])
    expect(picked('not online')).toEqual(['db2', 'web1'])
    expect(picked('db1 web1 offline')).toEqual(['web1'])
    expect(picked('failed outdated')).toEqual([])
    expect(picked('failed,outdated level=staging')).toEqual(['db1'])
    expect(picked('id=online')).toEqual([])
  })

  it('a condition that was not looked at neither holds nor does not hold', () => {
    const [view] = VIEWS
    if (view === undefined) throw new Error('no view')
    for (const text of ['failed', 'not failed', 'failed role=db', 'not (failed or web1)']) {
      const target = parseTarget(text)
      expect([text, matches(target, view), mayMatch(target, view)]).toEqual([text, false, true])
    }
    expect(mayMatch(parseTarget('failed role=web'), view)).toBe(false)
  })
})

describe('a group', () => {
  const groups: Groups = new Map([
    ['edge', { target: parseTarget('web1 db1') }],
    ['core', { target: parseTarget('role=db') }],
  ])
  const picked = (text: string): readonly string[] =>
    VIEWS.filter(view => matches(parseTarget(text, groups), view)).map(({ id }) => id)

  it('a group stands beside ids as one of them, and narrows with `group=`', () => {
    expect(picked('edge')).toEqual(['db1', 'web1'])
    expect(picked('edge db2')).toEqual(['db1', 'db2', 'web1'])
    expect(picked('edge,core')).toEqual(['db1', 'db2', 'web1'])
    expect(picked('group=edge db1')).toEqual(['db1'])
    expect(picked('edge and core')).toEqual(['db1'])
    expect(picked('core not edge')).toEqual(['db2'])
    expect(picked('group=edge,core level=production')).toEqual(['db2'])
    expect(picked('edg*')).toEqual([])
    expect(picked('id=edge')).toEqual([])
  })

  it('a group is not among the ids that a target names', () => {
    expect(namedIds(parseTarget('edge db2', groups))).toEqual(['db2'])
  })

  it('a group that does not exist is refused by its name', () => {
    expect(() => parseTarget('group=egde', groups)).toThrow('there is no group `egde`')
    expect(() => parseTarget('group=*', groups)).toThrow('expected the name of a group of fleet.yml')
  })
})

describe('ids that a target names', () => {
  const named = (text: string): string => {
    try {
      demandNamed(parseTarget(text), VIEWS)
      return 'all known'
    } catch (thrown) {
      const [{ code, message, hint }] = (thrown as AppError).problems
      return `${code} ${message} | ${hint}`
    }
  }

  it.each([
    ['db1,web1', 'all known'],
    ['db1 not nobody', 'all known'],
    ['role=nobody db1', 'all known'],
    ['db1,zz*', 'all known'],
    ['db1,wbe1', 'TARGET_MATCHES_NOBODY no minion is named `wbe1` | Did you mean `web1`?'],
    [
      'db1 or quite-other',
      'TARGET_MATCHES_NOBODY no minion is named `quite-other` | Leave it out, or list the minions with `master minions`.',
    ],
    ['db1 x1 x2 x3 x4', expect.stringContaining('no minions are named `x1`, `x2`, `x3` and 1 more')],
  ])('ids that a target names of %s must all be known', (text, expected) => {
    expect(named(text)).toEqual(expected)
  })
})

describe('picking of a thousand listed ids', () => {
  const ids = Array.from({ length: 1000 }, (_, at) => `node${at * 7}`)
  const target = parseTarget(ids.join(' '))
  const fleetOf = (size: number): readonly TargetView[] =>
    Array.from({ length: size }, (_, at) => ({ id: `node${at}`, roles: ['base'], level: 'staging', grains: {} }))

  it('picking of a thousand listed ids takes time in proportion to the minions, and not to minions times ids', () => {
    const cpu = (views: readonly TargetView[]): number => {
      const begun = process.cpuUsage()
      for (let round = 0; round < 20; round++) selectMinions('', target, views, 'fleet')
      return process.cpuUsage(begun).user / 1000
    }
    const [small, large] = [fleetOf(2500), fleetOf(10_000)]
    cpu(small)
    // 1,000 comparisons a minion would be 200 million of them.
    expect(cpu(large)).toBeLessThan(Math.max(8 * cpu(small), 500))
    expect(selectMinions('', target, large, 'fleet')).toHaveLength(1000)
  })
})
