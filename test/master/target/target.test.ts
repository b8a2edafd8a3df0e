import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { globMatches, matches, selectMinions, type TargetView } from '../../../master/target/match.ts'
import { parseTarget } from '../../../master/target/parse.ts'
import { AppError, type Problem } from '../../../protocol/errors.ts'

const VIEWS: readonly TargetView[] = [
  { id: 'db1', roles: ['base', 'masterdb'], level: 'staging', grains: { os: 'debian' } },
  { id: 'db2', roles: ['base', 'db'], level: 'production', grains: { os: 'debian' } },
  { id: 'web1', roles: ['base'], level: undefined, grains: { os: 'ubuntu', cpus: 4 } },
]

const picked = (text: string): readonly string[] =>
  VIEWS.filter(view => matches(parseTarget(text), view)).map(view => view.id)

function problemOf(run: () => unknown): Problem {
  try {
    run()
  } catch (thrown) {
    if (thrown instanceof AppError) return thrown.problems[0]
    throw thrown
  }
  throw new Error('nothing was refused')
}

describe('target words', () => {
  it.each([
    ['*', ['db1', 'db2', 'web1']],
    ['db*', ['db1', 'db2']],
    ['role=db', ['db2']],
    ['role=*db', ['db1', 'db2']],
    ['id=db* not level=production', ['db1']],
    ['not role=db', ['db1', 'web1']],
    ['level=*', ['db1', 'db2']],
    ['grain.cpus=4', ['web1']],
    ['web1 or id=db* and level=production', ['db2', 'web1']],
    ['(web1 or id=db*) and level=production', ['db2']],
  ])('%s picks %j', (text, ids) => {
    expect(picked(text)).toEqual(ids)
  })

  it.each([
    ['', 'expected target words, got nothing', 1],
    ['rol=db', '`rol` is no target word', 1],
    ['role=', 'expected a value after `role=`, got nothing', 6],
    ['(db1', 'expected `)`', 5],
    ['db1 )', 'expected the end or `and`, got `)`', 5],
    ['role=db and', 'expected a word such as `role=db`, got the end', 12],
  ])('%j is refused where it is wrong', (text, message, column) => {
    expect(problemOf(() => parseTarget(text))).toMatchObject({
      code: 'TARGET_SYNTAX',
      message,
      source: { line: 1, column },
      excerpt: text,
    })
  })

  it('an unknown word names the nearest one', () => {
    expect(problemOf(() => parseTarget('rol=db')).hint).toBe('Did you mean `role=`?')
  })

  it('a target that matches nobody names the nearest role', () => {
    const text = 'role=masterdbb'
    expect(problemOf(() => selectMinions(text, parseTarget(text), VIEWS))).toEqual({
      code: 'TARGET_MATCHES_NOBODY',
      message: '`role=masterdbb` matches none of 3 minions',
      hint: 'Did you mean `role=masterdb`?',
    })
  })

  it('a pattern full of stars is answered at once', () => {
    expect(globMatches('a*'.repeat(60) + 'b', 'a'.repeat(5000))).toBe(false)
  })

  it('any text is either understood or refused as TARGET_SYNTAX', () => {
    const word = fc.constantFrom('(', ')', 'and', 'or', 'not', 'role=db', 'id=', 'x=y', '*', 'db?')
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(word, { maxLength: 12 }).map(words => words.join(' ')),
        ),
        text => {
          try {
            parseTarget(text)
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(AppError)
            expect((thrown as AppError).problems[0].code).toBe('TARGET_SYNTAX')
          }
        },
      ),
    )
  })
})
