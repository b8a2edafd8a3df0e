import { expect, it } from 'vitest'
import { createSlowest } from '../../../master/jobs/slowest.ts'
import type { StateKey } from '../../../protocol/ids.ts'
import type { StateResult } from '../../../protocol/report.ts'

function took(id: string, durationMs: number): StateResult {
  return {
    key: `web/pkg.installed/${id}` as StateKey,
    type: 'pkg.installed',
    id,
    name: id,
    role: 'web',
    declaredAt: [],
    outcome: 'unchanged',
    actions: [],
    startedAt: '',
    durationMs,
  }
}

it('the slowest states are named once each, with the minion where they took longest', () => {
  const slowest = createSlowest()
  slowest.take('web1', [took('nginx', 900), took('curl', 20), took('git', 300)])
  slowest.take('web2', [took('nginx', 100), took('curl', 70)])

  const most = slowest.most(2)

  expect(most.map(({ id, durationMs, minion, minions }) => ({ id, durationMs, minion, minions }))).toEqual([
    { id: 'nginx', durationMs: 900, minion: 'web1', minions: 2 },
    { id: 'git', durationMs: 300, minion: 'web1', minions: 1 },
  ])
})
