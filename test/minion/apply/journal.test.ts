import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { interruptedRun, type Journal, openJournal, type RunHead } from '../../../minion/apply/journal.ts'
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

async function opened(): Promise<{ readonly journal: Journal; readonly outcomes: () => Promise<string> }> {
  const directory = await mkdtemp(join(tmpdir(), 'saltern-journal-'))
  const journal = await openJournal(directory, HEAD, () => 7)
  onTestFinished(async () => {
    await journal.close()
    await rm(directory, { recursive: true })
  })
  const path = join(directory, `${HEAD.run}.jsonl`)
  const outcomes = async (): Promise<string> =>
    (interruptedRun(await readFile(path, 'utf8'))?.results ?? []).map(({ outcome }) => outcome).join(' ')
  return { journal, outcomes }
}

it('the lines of states that wait for nothing are in the file as soon as the minion waits', async () => {
  const { journal, outcomes } = await opened()
  const [one, two] = STATES
  if (one === undefined || two === undefined) throw new Error('states')

  journal.begin(one.key)
  await journal.end(resultOf(one, 0, { outcome: 'unchanged' }, 0))
  journal.begin(two.key)
  await turn()

  expect(await outcomes()).toBe('unchanged interrupted not-run')
})

it('the begin of a state is in the file before its first action', async () => {
  const { journal, outcomes } = await opened()
  const [one] = STATES
  if (one === undefined) throw new Error('states')

  journal.begin(one.key)
  await journal.acting()

  expect(await outcomes()).toBe('interrupted not-run not-run')
})
