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
  expect(recapLines({ runs, missed: [], each: true }, PLAIN)).toHaveLength(20)
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

it('the recap names each of up to 20 minions that failed', () => {
  const runs = shownRuns(Array.from({ length: 30 }, (_, at) => runOf(`web${at + 1}`, at % 5 === 0 ? [FAILED] : [], 9)))

  expect(recapLines({ runs, missed: [], each: false }, PLAIN)).toEqual([
    'web2, web3 and 22 more  done    0 changed, 9 unchanged  8.3 s',
    '6 minions               failed  0 changed, 1 failed, 9 unchanged  8.3 s',
    '  web1, web6, web11, web16, web21 and web26',
  ])
})
