import { expect, it } from 'vitest'
import { shownRuns } from '../../../../../master/cli/render/result/shown-run.ts'
import { groupStates } from '../../../../../master/cli/render/result/state-groups.ts'
import { stateLines } from '../../../../../master/cli/render/result/state-text.ts'
import { PLAIN } from '../../../../../master/cli/render/style.ts'
import { runOf, state } from '../screen-scenes.ts'

/** A new file whose line `at` has the number of its host. */
function file(host: number, at: number, lines = 40) {
  const own = Array.from({ length: lines }, (_, line) => `+${line === at ? `host = ${host}` : `line ${line}`}`)
  return state('app/file.managed//etc/app', 'changed', 1, {
    diff: `--- /etc/app\n+++ /etc/app\n@@ -0,0 +1,${lines} @@\n${own.join('\n')}\n`,
  })
}

function shown(runs: ReturnType<typeof runOf>[], diff: 'short' | 'full' = 'short'): readonly string[] {
  const [group] = groupStates(shownRuns(runs), () => true, diff)
  return group === undefined ? [] : stateLines(group, { of: runs.length, diff, places: false }, PLAIN)
}

it('a state on several minions shows differing diff lines even beyond the line limit', () => {
  expect(shown([runOf('m1', [file(1, 30)], 0), runOf('m2', [file(2, 30)], 0)])).toEqual([
    'changed       file.managed /etc/app  on m1 and m2  role app',
    '    m1:',
    ...Array.from({ length: 5 }, (_, line) => `      +line ${line}`),
    '      ... 35 more lines',
    '    m2, where it differs:',
    '      +host = 2',
  ])
})

it('a state on several minions shows all lines of a diff with a different number of lines', () => {
  expect(shown([runOf('m1', [file(1, 0, 2)], 0), runOf('m2', [file(2, 0, 3)], 0)]).slice(-4)).toEqual([
    '    m2:',
    '      +host = 2',
    '      +line 1',
    '      +line 2',
  ])
})

it('a state on several minions shows three variants and the number of the others, or all with --diff full', () => {
  const runs = Array.from({ length: 9 }, (_, at) => runOf(`m${at}`, [file(at, 0, 1)], 0))

  expect(shown(runs).at(-1)).toBe('    ... and other lines on 6 more')
  expect(shown(runs, 'full').filter(line => line.includes('host = '))).toHaveLength(9)
})
