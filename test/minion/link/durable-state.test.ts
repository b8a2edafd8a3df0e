import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadNumbers } from '../../../minion/link/durable-state.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'saltern-numbers-'))
})
afterEach(async () => {
  await rm(directory, { recursive: true, force: true })
})

describe('the numbers of the link', () => {
  it('never go back, though many updates are under way at once', async () => {
    const numbers = await loadNumbers(directory)

    await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        numbers.update(index % 2 === 0 ? { sequence: index } : { counter: index }),
      ),
    )

    expect(numbers.current).toMatchObject({ sequence: 38, counter: 39 })
    expect((await loadNumbers(directory)).current).toMatchObject({ sequence: 38, counter: 39 })
  })
})
