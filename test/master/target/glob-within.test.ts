import fc from 'fast-check'
import { expect, it } from 'vitest'
import { globsMeet, globWithin } from '../../../master/target/glob-within.ts'
import { globMatches } from '../../../protocol/glob.ts'

const glob = fc.string({ unit: fc.constantFrom('a', 'b', '-', '*', '?'), minLength: 1, maxLength: 7 })
const id = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '-'), minLength: 1, maxLength: 9 })

/** Every text of a, b, - and c with at most this many characters. */
function textsUpTo(length: number): readonly string[] {
  let last = ['']
  const all: string[] = []
  for (let size = 1; size <= length; size++) {
    last = last.flatMap(text => ['a', 'b', '-', 'c'].map(char => text + char))
    all.push(...last)
  }
  return all
}

it.each([
  ['db1', 'db*', true],
  ['db*', 'db*', true],
  ['db-eu-*', 'db*', true],
  ['db*', 'db-eu-*', false],
  ['*', 'db*', false],
  ['*', '*', true],
  ['*', '?*', true],
  ['d?1', 'd*', true],
  ['d*1', 'd?1', false],
  ['??', '*', true],
  ['*', '??', false],
  ['a*b', 'a*', true],
  ['a*', 'a*b', false],
  ['*a*b*', '*b*', true],
  ['**', '*', true],
  ['web-1', 'db*', false],
])('globWithin(%s, %s) is %s', (inner, outer, expected) => {
  expect(globWithin(inner, outer)).toBe(expected)
})

it('a glob within another matches no id that the other does not match', () => {
  fc.assert(
    fc.property(glob, glob, id, (inner, outer, text) => {
      if (globWithin(inner, outer) && globMatches(inner, text)) expect(globMatches(outer, text)).toBe(true)
    }),
    { numRuns: 3000 },
  )
})

it('globWithin is false only when some id matches the first glob and not the second', () => {
  const texts = textsUpTo(6)
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), minLength: 1, maxLength: 3 }),
      fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), minLength: 1, maxLength: 3 }),
      (inner, outer) => {
        const counterexample = texts.find(text => globMatches(inner, text) && !globMatches(outer, text))
        expect(globWithin(inner, outer)).toBe(counterexample === undefined)
      },
    ),
    { numRuns: 300 },
  )
})

it('globWithin is a partial order', () => {
  fc.assert(
    fc.property(glob, glob, glob, (a, b, c) => {
      expect(globWithin(a, a)).toBe(true)
      expect(globWithin(a, '*')).toBe(true)
      if (globWithin(a, b) && globWithin(b, c)) expect(globWithin(a, c)).toBe(true)
    }),
    { numRuns: 1000 },
  )
})

it('globWithin takes bounded time, even for patterns with many alternatives', () => {
  const began = process.threadCpuUsage()

  globWithin('*a?????????????????????????????b*', '*b??????????????????????????????*')
  globWithin('*'.repeat(63), '*a'.repeat(31))
  expect(process.threadCpuUsage(began).user / 1000).toBeLessThan(5000)
})

it('globsMeet is true exactly when some text matches both globs', () => {
  const texts = textsUpTo(6)
  const short = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(short, short, (one, other) => {
      const common = texts.some(text => globMatches(one, text) && globMatches(other, text))
      const isEmptyText = globMatches(one, '') && globMatches(other, '')
      expect(globsMeet(one, other)).toBe(common || isEmptyText)
    }),
    { numRuns: 300 },
  )
})

it('globsMeet takes bounded time', () => {
  const began = process.threadCpuUsage()

  globsMeet('*a'.repeat(31), '*b'.repeat(31))
  expect(process.threadCpuUsage(began).user / 1000).toBeLessThan(1000)
})
