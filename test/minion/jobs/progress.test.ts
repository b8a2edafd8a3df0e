import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Progress } from '../../../minion/jobs/progress.ts'
import type { RunId, StateKey } from '../../../protocol/ids.ts'
import type { FromMinion } from '../../../protocol/messages.ts'
import { resultOf } from '../../../protocol/report.ts'

const RUN = 'run-00000000000000000000000000' as RunId
const KEY = 'web/file.managed/motd' as StateKey
const STATE = { key: KEY, type: 'file.managed', id: 'motd', name: 'motd', role: 'web', declaredAt: [] }

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

function scene(): { readonly progress: Progress; readonly sent: FromMinion[] } {
  const sent: FromMinion[] = []
  return { progress: new Progress(RUN, message => sent.push(message), Date.now), sent }
}

it('a thousand states in a tenth of a second are two messages, and the second has the latest state', () => {
  const { progress, sent } = scene()

  for (let index = 0; index < 1000; index++) progress.note(index, KEY, resultOf(STATE, 0, { outcome: 'unchanged' }, 0))
  vi.advanceTimersByTime(100)

  expect(sent).toMatchObject([{ index: 0 }, { index: 999, outcome: 'unchanged' }])
})

it('the number of messages follows the time and not the number of states', () => {
  const counts = [100, 200, 400].map(states => {
    const { progress, sent } = scene()
    for (let index = 0; index < states; index++) {
      progress.note(index, KEY)
      vi.advanceTimersByTime(1000 / states)
    }
    return sent.length
  })

  expect(counts.every(count => count <= 11)).toBe(true)
})

it('a failure is sent at once', () => {
  const { progress, sent } = scene()

  progress.note(0, KEY)
  progress.note(0, KEY, resultOf(STATE, 0, { outcome: 'failed' }, 0))

  expect(sent).toMatchObject([{ index: 0 }, { index: 0, outcome: 'failed' }])
})

it('a state that takes long is shown although others came just before it', () => {
  const { progress, sent } = scene()

  progress.note(0, KEY)
  progress.note(1, KEY)
  expect(sent).toHaveLength(1)
  vi.advanceTimersByTime(100)

  expect(sent).toMatchObject([{ index: 0 }, { index: 1 }])
})

it('nothing is sent after the run', () => {
  const { progress, sent } = scene()

  progress.note(0, KEY)
  progress.note(1, KEY)
  progress.close()
  vi.advanceTimersByTime(1000)

  expect(sent).toHaveLength(1)
})
