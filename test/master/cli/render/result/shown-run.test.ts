import { expect, it } from 'vitest'
import { shownRuns } from '../../../../../master/cli/render/result/shown-run.ts'
import { runOf, state } from '../screen-scenes.ts'

const NGINX = 'web/pkg.installed/nginx'
const SITE = 'web/file.managed//srv/index.html'

it('the runs of a result are sorted by minion in natural order', () => {
  const runs = ['web10', 'web2', 'web1'].map(minion => runOf(minion, [], 1))

  expect(shownRuns(runs).map(({ minion }) => minion)).toEqual(['web1', 'web2', 'web10'])
})

it('the runs of a result are merged per minion, and a state blocked in an earlier round counts with its last outcome', () => {
  const first = runOf('web1', [state(NGINX, 'changed', 1), state(SITE, 'blocked', 4)], 3, { wave: 0 })
  const second = runOf('web1', [state(SITE, 'changed', 4)], 4, { wave: 1 })

  const [run, ...others] = shownRuns([second, first])

  expect(others).toEqual([])
  expect(run).toMatchObject({ rounds: 2, state: 'done', counts: { changed: 2, unchanged: 3 } })
  expect(run?.results.map(({ key, outcome }) => `${outcome} ${key}`)).toEqual([`changed ${NGINX}`, `changed ${SITE}`])
})

it('a merged run keeps the failure of an earlier round', () => {
  const first = runOf('web1', [state(NGINX, 'failed', 1)], 3, { wave: 0 })
  const second = runOf('web1', [state(NGINX, 'changed', 1)], 3, { wave: 1 })

  const [run] = shownRuns([first, second])

  expect(run).toMatchObject({ state: 'failed', counts: { failed: 1, unchanged: 3 } })
  expect(run?.results.map(({ outcome }) => outcome)).toEqual(['failed', 'changed'])
})

it('a merged run keeps blocked states when no later round has a report', () => {
  const first = runOf('web1', [state(SITE, 'blocked', 4)], 3, { wave: 0 })
  const { counts: _none, ...lost } = runOf('web1', [], 0, { wave: 1, state: 'expired' })

  const [run] = shownRuns([first, lost])

  expect(run).toMatchObject({ state: 'expired', counts: { blocked: 1, unchanged: 3 } })
  expect(run?.results.map(({ outcome }) => outcome)).toEqual(['blocked'])
})
