import { expect, it } from 'vitest'
import { createCounter } from '../../../../master/cli/session/counter.ts'

function counted(minions: readonly string[], columns: number) {
  const said: string[] = []
  const context = {
    err: (text: string): void => void said.push(text),
    errIsTerminal: true,
    errSize: () => ({ columns, rows: 24 }),
  }
  return { said, counter: createCounter(context, minions, false) }
}

it('the counter of a run names five minions that have not ended, and counts the others', () => {
  const { said, counter } = counted(['m1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7'], 100)
  counter.ended('m2')

  expect(said.at(-1)).toBe('\r\u001b[2K1 of 7 ended; waiting for m1, m3, m4, m5, m6 and 1 more')
})

it('the counter of a run has no line as wide as the terminal', () => {
  const { said } = counted(['a'.repeat(60), 'b'.repeat(60)], 40)

  expect(said[0]?.replace('\r\u001b[2K', '')).toHaveLength(39)
})

it('the counter of a run does not copy all minions for each that ends', () => {
  const minions = Array.from({ length: 4000 }, (_, at) => `m${at}`)
  const { said, counter } = counted(minions, 80)
  for (const minion of minions) counter.ended(minion)

  expect(said).toHaveLength(4001)
  expect(said.at(-1)).toBe('\r\u001b[2K')
})
