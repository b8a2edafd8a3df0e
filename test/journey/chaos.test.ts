import { expect, it } from 'vitest'
import { FAULTS } from '../../scripts/chaos/faults.ts'
import { playLoop } from '../../scripts/chaos/loop.ts'

/** The whole loop is `node scripts/chaos.ts`: each fault ten times, with longer outages. */
it('each fault during an open run leaves every run with an outcome, every report once, and no older content', async () => {
  const lines: string[] = []
  const { rounds, leftOut, broken } = await playLoop({
    seed: 8,
    rounds: 1,
    only: [],
    isShort: true,
    say: line => lines.push(line),
    signal: new AbortController().signal,
  })
  if (leftOut.length > 0) console.log(`Left out, they need root: ${leftOut.join(', ')}.`)
  const played = new Set(rounds.filter(({ during }) => during).map(({ fault }) => fault))

  expect([...rounds.flatMap(round => round.broken), ...broken], lines.join('\n')).toEqual([])
  expect([...played, ...leftOut].toSorted()).toEqual(FAULTS.map(({ name }) => name).toSorted())
}, 300_000)
