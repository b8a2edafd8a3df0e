import { describe, expect, it } from 'vitest'
import { selectMinions, type TargetView } from '../../../master/target/match.ts'
import { parseTarget } from '../../../master/target/parse.ts'
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
    const [{ code, message, hint, source }] = error.problems
    return `${source === undefined ? '' : `${source.column} `}${code} ${message} | ${hint}`
  }
}

describe('target words', () => {
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
  ])('%s picks %j', (text, ids) => {
    if (ids === undefined) expect(select(text)).toMatch(/^TARGET_MATCHES_NOBODY/)
    else expect(select(text)).toEqual(ids)
  })

  it.each([
    ['roel=db', '1 TARGET_SYNTAX `roel` is no target word | Did you mean `role=`?'],
    [
      'role=db and',
      '12 TARGET_SYNTAX expected a word such as `role=db`, got the end | For example, write `role=db and level=staging`.',
    ],
    ['(role=db', '9 TARGET_SYNTAX expected `)` | Close the parenthesis.'],
    [
      'role=',
      '6 TARGET_SYNTAX expected a value after `role=`, got nothing | For example, write `role=db and level=staging`.',
    ],
    ['', '1 TARGET_SYNTAX expected target words, got nothing | Write `*` for all minions.'],
    [
      'role=d[b',
      '6 TARGET_SYNTAX a pattern is letters, digits, `. _ : -` and the wildcards `*` and `?`, got `d[b` | Join several patterns with `or`: `web1 or web2`; `?` stands for one character.',
    ],
    ['web1 test=True', '6 TARGET_SYNTAX `test` is no target word | For a dry run: `master test TARGET`.'],
    ['web1,web2', expect.stringMatching(/got `web1,web2` \| Write `web1 or web2`\.$/)],
    ['!web1', expect.stringMatching(/got `!web1` \| Write `not web1`\.$/)],
    ['G@os:Debian', expect.stringMatching(/got `G@os:Debian` \| Write `os=Debian`\.$/)],
    ['G@cpuarch:x', expect.stringMatching(/\| Write `grain\.cpuarch=x`\.$/)],
    ['web[12]', expect.stringMatching(/got `web\[12\]` \| Join several patterns with `or`: `web1 or web2`/)],
    ['role:db', 'TARGET_MATCHES_NOBODY `role:db` matches none of 3 minions | Did you mean `role=db`?'],
    ['role=bd', 'TARGET_MATCHES_NOBODY `role=bd` matches none of 3 minions | Did you mean `role=db`?'],
    [
      'level=other',
      'TARGET_MATCHES_NOBODY `level=other` matches none of 3 minions | List the minions with `master minions`.',
    ],
  ])('%j is told in words', (text, words) => {
    expect(select(text)).toEqual(words)
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
})
