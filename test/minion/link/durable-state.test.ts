import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadNumbers } from '../../../minion/link/durable-state.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'saltern-numbers-'))
})
afterEach(async () => {
  await rm(directory, { recursive: true, force: true })
})

it('the link numbers never decrease, even with many concurrent updates', async () => {
  const numbers = await loadNumbers(directory)

  await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      numbers.update(index % 2 === 0 ? { sequence: index } : { counter: index }),
    ),
  )

  expect(numbers.current).toMatchObject({ sequence: 38, counter: 39 })
  expect((await loadNumbers(directory)).current).toMatchObject({ sequence: 38, counter: 39 })
})
it('the link numbers of the previous file format are kept, and the counter continues', async () => {
  const before = { counter: 41, sequence: 7, epoch: 2, masterKey: 'a2V5' }
  await writeFile(join(directory, 'link.json'), JSON.stringify(before))

  const numbers = await loadNumbers(directory)
  expect(numbers.current).toEqual(before)
  expect(await numbers.nextCounter()).toBe(42)
  await numbers.update({ counter: 42 })
  expect((await loadNumbers(directory)).current).toEqual({ ...before, counter: 42 })
})

it('when the newer slot is damaged, the link counter continues above every used value, even if the clock is behind', async () => {
  const numbers = await loadNumbers(directory)
  for (let counter = 1; counter <= 4; counter++) await numbers.update({ counter, sequence: counter })
  const path = join(directory, 'link.json')
  const bytes = await readFile(path)
  // The fourth write is in the second slot.
  await writeFile(path, Buffer.concat([bytes.subarray(0, 4096), Buffer.alloc(4096, 'x')]))

  for (const [clockMs, counter] of [
    [0, 5],
    [9_000_000, 9001],
  ] as const) {
    const again = await loadNumbers(directory, () => clockMs)
    expect(again.current.sequence).toBe(3)
    expect(await again.nextCounter()).toBe(counter)
  }
})
