import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseGrant, parseSaved, parseTarget } from '../../../master/target/parse.ts'
import { AppError } from '../../../protocol/errors.ts'

function refusal(parse: () => unknown): string {
  try {
    parse()
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown
    const [{ code, message, hint, source }] = thrown.problems
    expect(code).toBe('TARGET_SYNTAX')
    return `${source?.column} ${message} | ${hint}`
  }
  return 'accepted'
}

const EXAMPLE = 'For example, write `role=db and level=staging`.'

it('the target parser accepts any text or rejects it as TARGET_SYNTAX with a position in it', () => {
  const word = fc.constantFrom('(', ')', 'and', 'or', 'not', 'role=db', 'id=', 'x=y', '*', 'db?', 'a,b', ',', 'os=a,b')
  const words = fc.array(word, { maxLength: 12 }).map(all => all.join(' '))
  fc.assert(
    fc.property(fc.oneof(fc.string(), words), text => {
      try {
        parseTarget(text)
      } catch (thrown) {
        if (!(thrown instanceof AppError)) throw thrown
        const [{ code, source }] = thrown.problems
        expect(code).toBe('TARGET_SYNTAX')
        expect(source?.column).toBeGreaterThanOrEqual(1)
        expect(source?.column).toBeLessThanOrEqual(text.length + 1)
      }
    }),
  )
})

it.each([
  ['roel=db', '1 `roel` is no target word | Did you mean `role=`?'],
  ['role=db and', `12 expected a word such as \`role=db\`, got the end | ${EXAMPLE}`],
  ['(role=db', '9 expected `)` | Close the parenthesis.'],
  ['role=', `6 expected a value after \`role=\`, got nothing | ${EXAMPLE}`],
  ['', '1 expected target words, got nothing | Write `*` for all minions.'],
  [' , ', '1 expected target words, got nothing | Write `*` for all minions.'],
  [
    'web1,role=db',
    '6 a comma separates ids, or values of one field, got `role=db` after it | For both, write `web1 role=db`; for either, `web1 or role=db`.',
  ],
  ['role=db,level=staging', expect.stringContaining('For both, write `role=db level=staging`')],
  ['web1, or web2', '7 expected an id or a value beside the comma, got `or` | Leave the comma out.'],
  ['*,web1', '1 expected an id or a value beside the comma, got `*` | Leave the comma out.'],
  ['* web1', '3 `*` is all minions, so no other id can stand beside it | Leave one of them out.'],
  [
    'web1,failed',
    '6 `failed` is not an id, so it cannot stand in a list of ids | For either, write `web1 or failed`; for both, `web1 failed`.',
  ],
  ['state=failed', '1 `state` is no target word | Use `online`, `offline`, `failed` or `outdated` alone.'],
  ['* web1 role=db', expect.stringContaining('`*` is all minions')],
])('the target parser refuses %j and points at the place', (text, words) => {
  expect(refusal(() => parseTarget(text))).toEqual(words)
})

it('the target parser refuses an id after `not` and another id, which can be read in two ways', () => {
  const hint = 'To leave out both, write `not web1,web2`; otherwise name `web2` before `not`.'
  const expected = `\`web2\` after \`not web1\` can be read in two ways | ${hint}`

  expect(refusal(() => parseTarget('web* not web1 web2'))).toBe(`15 ${expected}`)
  expect(refusal(() => parseTarget('not web1 role=db web2'))).toBe(`18 ${expected}`)
  expect(refusal(() => parseTarget('web* not web1 role=db not web2'))).toBe('accepted')
  expect(refusal(() => parseTarget('not web1 and web2'))).toBe('accepted')
})

it('the target parser refuses a text that is nested deeper than anybody writes, and one of very many terms', () => {
  expect(refusal(() => parseTarget('('.repeat(100_000)))).toContain('at most 50 levels')
  expect(refusal(() => parseTarget('not '.repeat(100_000)))).toContain('at most 50 levels')
  expect(refusal(() => parseTarget('os=a '.repeat(50_000)))).toContain('at most 500 terms besides ids')
  expect(refusal(() => parseTarget('a or '.repeat(50_000)))).toContain('got the end')
})

it('the target of a right or of a pillar file has no ids side by side, which would mean less or more than a reader expects', () => {
  expect(refusal(() => parseGrant('web* *-prod'))).toBe(
    '6 `web*` and `*-prod` stand side by side | For either, write `web*,*-prod`; for minions that fit both, `web* and *-prod`.',
  )
  const groups = new Map([['edge', { target: parseTarget('web1') }]])
  expect(refusal(() => parseGrant('edge', groups))).toBe(
    '1 `edge` is a group | Write `group=edge`, or `id=edge` for a minion.',
  )
  expect(refusal(() => parseGrant('group=edge', groups))).toBe('accepted')
  expect(refusal(() => parseGrant('role=db failed'))).toMatch(/^9 a right or a pillar file cannot depend on `failed`/)
  for (const text of ['web1,web2', 'web1 or web2', 'web* level=staging', 'web* and *-prod', '*']) {
    expect(refusal(() => parseGrant(text))).toBe('accepted')
  }
})

it('a target that a file keeps has no ids side by side, which earlier versions read as minions that fit all of them', () => {
  const hint = 'For either, write `web*,*-prod`; for minions that fit both, `web* and *-prod`.'
  expect(refusal(() => parseSaved('web* *-prod', undefined))).toBe(
    `6 \`web*\` and \`*-prod\` stand side by side | ${hint}`,
  )
  const groups = new Map([['edge', { target: parseTarget('web1') }]])
  for (const text of [
    'web*,*-prod',
    'web* and *-prod',
    'edge',
    'edge not web1',
    'role=db failed',
    'web1 online',
    '*',
  ]) {
    expect([text, refusal(() => parseSaved(text, groups))]).toEqual([text, 'accepted'])
  }
})

it('the target parser refuses a comma that joins no two words', () => {
  const hint = 'Leave the comma out; between parentheses write `or` for either, `and` for both.'
  for (const [text, column] of [
    ['not web1,(web2)', 9],
    ['(web1),web2', 7],
    ['(web1,)', 6],
    ['web1,', 5],
    [',web1', 1],
    ['(role=web) , (role=db)', 12],
  ] as const) {
    expect(refusal(() => parseTarget(text))).toBe(`${column} a comma must stand between two ids or values | ${hint}`)
  }
  expect(refusal(() => parseTarget('(web1 , web2) role=a,b'))).toBe('accepted')
})
