import { expect, it, vi } from 'vitest'
import { allRounds } from '../../../master/jobs/all-rounds.ts'
import type { JobId } from '../../../protocol/ids.ts'
import type { StateOutcome } from '../../../protocol/outcomes.ts'

const run = (minion: string, wave: number) => {
  return { id: `${minion} ${wave}`, job: 'job-1', minion, state: 'done', wave, queuedAt: '', report: {} }
}
const state = (key: string, outcome: StateOutcome) => ({ key, outcome })

it('the rounds of an apply are summed up, and each report is read once', async () => {
  const reports: { readonly [id: string]: readonly unknown[] } = {
    'web1 0': [state('nginx', 'changed'), state('curl', 'unchanged')],
    'web1 1': [state('nginx', 'unchanged'), state('less', 'unchanged')],
    'db1 0': [state('curl', 'unchanged')],
  }
  const get = vi.fn((id: string) => ({ results: reports[id], durationMs: 5, owed: [] }))
  const runs = [run('web1', 0), run('db1', 0), run('web1', 1)]
  const store = { jobs: { head: () => ({ verb: 'apply' }) }, runs: { ofJob: () => runs }, reports: { get } }

  const found = await allRounds(store as never, 'job-1' as JobId)

  expect(found.runs.map(one => one.run)).toEqual(['db1 0', 'web1 1'])
  expect(found.earlier?.map(one => one.run)).toEqual(['web1 0'])
  expect(found.totals).toEqual([
    { minion: 'web1', rounds: 2, state: 'done', counts: { changed: 1, unchanged: 2 }, durationMs: 10 },
  ])
  expect(get.mock.calls.map(([id]) => id).sort()).toEqual(['db1 0', 'web1 0', 'web1 1'])
})
