import { expect, it } from 'vitest'
import { namesText, rangesText, someOfText } from '../../../../master/cli/render/minion-names.ts'

function ids(count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => `m${at + 1}`)
}

it('a list of minions names three of them, or as many as it may', () => {
  expect(namesText(ids(3))).toBe('m1, m2 and m3')
  expect(namesText(ids(4))).toBe('m1, m2 and 2 more')
  expect(namesText(ids(5), 5)).toBe('m1, m2, m3, m4 and m5')
  expect(namesText(ids(21), 20)).toMatch(/, m18, m19 and 2 more$/)
})

it('a list of almost all minions names the others', () => {
  const all = ids(20)
  const without = (...others: readonly string[]) => all.filter(minion => !others.includes(minion))

  expect(someOfText(all, all)).toBe('all 20 minions')
  expect(someOfText(without('m4'), all, 20)).toBe('all but m4')
  expect(someOfText(without('m4', 'm9'), all)).toBe('all but m4 and m9')
  expect(someOfText(without('m1', 'm2', 'm3', 'm4'), all)).toBe('m5, m6 and 14 more')
  expect(someOfText(['m1', 'm2'], ids(3))).toBe('m1 and m2')
})

it('a list of minions that have a problem names all of them while few ranges are enough', () => {
  expect(rangesText(ids(3))).toBe('m1, m2 and m3')
  expect(rangesText([...ids(25), 'spare1'])).toBe('m1 to m25 and spare1 (26 minions)')
  expect(rangesText(['db1', 'db2', 'db4', 'db7', 'web08', 'web09'])).toBe(
    'db1, db2, db4, db7, web08 and web09 (6 minions)',
  )
  expect(rangesText(['a.b', 'c1', 'c2', 'c3'])).toBe('a.b and c1 to c3 (4 minions)')
  expect(rangesText(['m1', 'm3', 'm5', 'm7', 'm9', 'm11', 'm13'])).toBe('m1, m3 and 5 more')
})
