import { expect, it } from 'vitest'
import { recapLines, sumText } from '../../../../../master/cli/render/result/recap.ts'
import { shownRuns } from '../../../../../master/cli/render/result/shown-run.ts'
import { PLAIN } from '../../../../../master/cli/render/style.ts'
import { runOf, state } from '../screen-scenes.ts'

const FAILED = state('web/pkg.installed/nginx', 'failed', 1)
const CHANGED = state('web/pkg.installed/curl', 'changed', 2)

function many(count: number) {
  return Array.from({ length: count }, (_, at) => runOf(`web${at + 1}`, at === 1 ? [FAILED] : [], 300 - at))
}

it('the recap has one line per minion when there are few, with failed ones last', () => {
  const runs = shownRuns(many(3))

  expect(recapLines({ runs, missed: [], each: false }, PLAIN)).toEqual([
    'web1  done    0 changed, 300 unchanged  8.3 s',
    'web3  done    0 changed, 298 unchanged  8.3 s',
    'web2  failed  0 changed, 1 failed, 299 unchanged  8.3 s',
  ])
})

it('the recap shows ranges where the counts of many minions differ', () => {
  const runs = shownRuns(many(20))

  expect(recapLines({ runs, missed: [], each: false }, PLAIN)).toEqual([
    'web1, web3 and 17 more  done    0 changed, 281 to 300 unchanged  8.3 s',
    'web2                    failed  0 changed, 1 failed, 299 unchanged  8.3 s',
  ])
})

it('the brief recap says below each failed minion why it failed, and merges equal others when there are many', () => {
  const problem = { code: 'DISK_FULL', message: 'cannot write `/x`: no space left\u001b' } as const
  const check = { key: 'web/answers', outcome: 'failed', durationMs: 1, problem } as const
  const runs = shownRuns([
    runOf('web1', [], 9),
    runOf('web2', [CHANGED, { ...FAILED, problem }], 8),
    runOf('web10', [], 9, { state: 'failed', checks: [check] }),
    runOf('web11', [], 9, { state: 'failed', problem }),
    runOf('web12', [], 9, { state: 'failed' }),
    runOf('web13', [], 9, { state: 'cancelled', problem }),
  ])

  expect(recapLines({ runs, missed: [], each: true }, PLAIN)).toEqual([
    'web1   done       0 changed, 9 unchanged  8.3 s',
    'web2   failed     1 changed, 1 failed, 8 unchanged  8.3 s',
    '       pkg.installed nginx: no space left\\x1b',
    'web10  failed     0 changed, 9 unchanged, 1 of 1 check failed  8.3 s',
    '       check web/answers: no space left\\x1b',
    'web11  failed     0 changed, 9 unchanged  8.3 s',
    '       the run failed: no space left\\x1b',
    'web12  failed     0 changed, 9 unchanged  8.3 s',
    '       the run failed',
    'web13  cancelled  0 changed, 9 unchanged  8.3 s',
  ])
  expect(recapLines({ runs: shownRuns(many(20)), missed: [], each: true }, PLAIN)).toHaveLength(3)
})

it('the recap counts many offline minions and names each of up to 20 below', () => {
  const missed = Array.from({ length: 14 }, (_, at) => {
    return { minion: `old${at}`, word: `offline since 2026-11-2${at % 9} 00:00:00`, paint: String }
  })

  expect(recapLines({ runs: [], missed, each: false }, PLAIN)).toEqual([
    '14 minions  offline',
    `  ${missed
      .slice(0, -1)
      .map(({ minion }) => minion)
      .join(', ')} and old13`,
  ])
})

it('the recap adds up minions and states', () => {
  const runs = shownRuns([runOf('web1', [CHANGED], 9), runOf('web2', [CHANGED, FAILED], 8)])

  expect(sumText(runs, 1, 0, 0)).toBe(
    '3 minions: 1 done, 1 failed, 1 offline; states: 2 changed, 1 failed, 17 unchanged',
  )
})

it('the recap counts checks if one failed, so that every failed minion is explained', () => {
  const checks = [
    { key: 'up', outcome: 'failed', durationMs: 1 },
    { key: 'on', outcome: 'passed', durationMs: 1 },
  ] as const
  const runs = shownRuns([{ ...runOf('web1', [CHANGED], 9), state: 'failed', checks }])

  expect(sumText(runs, 0, 0, 0)).toBe('1 minion: 1 failed; states: 1 changed, 9 unchanged; checks: 1 failed, 1 passed')
})

it('the recap names each of up to 20 minions that failed', () => {
  const runs = shownRuns(Array.from({ length: 30 }, (_, at) => runOf(`web${at + 1}`, at % 5 === 0 ? [FAILED] : [], 9)))

  expect(recapLines({ runs, missed: [], each: false }, PLAIN)).toEqual([
    'web2, web3 and 22 more  done    0 changed, 9 unchanged  8.3 s',
    '6 minions               failed  0 changed, 1 failed, 9 unchanged  8.3 s',
    '  web1, web6, web11, web16, web21 and web26',
  ])
})
