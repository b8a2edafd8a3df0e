import { expect, it } from 'vitest'
import { interruptedRun, type RunHead } from '../../../minion/apply/journal.ts'
import { sha256Of } from '../../../protocol/catalog.ts'
import type { MinionId, RunId } from '../../../protocol/ids.ts'
import { resultOf } from '../../../protocol/report.ts'
import { keyOf } from './engine-scene.ts'

const STATES = ['one', 'two', 'three'].map(name => ({
  key: keyOf('cmd.run', name),
  type: 'cmd.run',
  id: name,
  name,
  role: 'test',
  declaredAt: [],
}))
const HEAD: RunHead = {
  run: 'run-00000000000000000000000000' as RunId,
  minion: 'web1' as MinionId,
  test: false,
  origin: 'order',
  catalog: sha256Of('catalog'),
  generation: 1,
  bootId: 'boot',
  startedAt: '2026-11-21T00:00:00.000Z',
  states: STATES,
}

function journal(...lines: readonly unknown[]): string {
  return lines.map(line => `${JSON.stringify(line)}\n`).join('')
}

it('interruptedRun returns finished states, one interrupted state, and the others as not-run', () => {
  const [one, two] = STATES
  if (one === undefined || two === undefined) throw new Error('states')
  const end = resultOf(one, 0, { outcome: 'changed' }, 5)

  const died = interruptedRun(journal({ head: HEAD }, { begin: one.key, at: 1 }, { end }, { begin: two.key, at: 2 }))

  expect(died?.results.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
    'one changed',
    'two interrupted',
    'three not-run',
  ])
})

it('interruptedRun ignores an incomplete last line', () => {
  const text = `${journal({ head: HEAD })}{"begin":"test/cmd.ru`

  expect(interruptedRun(text)?.results.map(({ outcome }) => outcome)).toEqual(['not-run', 'not-run', 'not-run'])
})

it('interruptedRun returns nothing when the head line is incomplete', () => {
  expect(interruptedRun('{"head":{"run"')).toBeUndefined()
})
