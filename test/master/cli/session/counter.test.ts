import { expect, it } from 'vitest'
import { createCounter, waitingText } from '../../../../master/cli/session/counter.ts'

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

it('the counter of a run reads as many minions as it names', () => {
  const waiting = new CountedSet(Array.from({ length: 4000 }, (_, at) => `m${at}`))

  expect(waitingText(waiting, 5000)).toBe('1000 of 5000 ended; waiting for m0, m1, m2, m3, m4 and 3995 more')
  expect(waiting.reads).toBe(5)
})

/** Counts what is read of it one by one. */
class CountedSet extends Set<string> {
  reads = 0
  override *values(): SetIterator<string> {
    for (const value of super.values()) {
      this.reads += 1
      yield value
    }
    return undefined
  }
  override [Symbol.iterator](): SetIterator<string> {
    return this.values()
  }
}
