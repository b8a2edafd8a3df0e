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
  return group === undefined
    ? []
    : stateLines(group, { all: runs.map(({ minion }) => minion), diff, places: false }, PLAIN)
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

it('a state on several minions says in its heading that each has its own id in the name of the state', () => {
  const register = (id: string) => state(`base/cmd.run/register ${id}`, 'changed', 4)
  const runs = Array.from({ length: 20 }, (_, at) => runOf(`web${at + 1}`, [register(`web${at + 1}`)], 0))

  expect(shown(runs)).toEqual([
    'changed       cmd.run register web1  on all 20 minions  each with its own id  role base',
  ])
})

it('a state on almost all minions names the others', () => {
  const runs = Array.from({ length: 20 }, (_, at) => runOf(`m${at}`, at === 4 || at === 9 ? [] : [file(0, 0, 1)], 0))

  expect(shown(runs)[0]).toBe('changed       file.managed /etc/app  on all but m4 and m9  role app')
})

it('a state that failed names each of up to 20 minions', () => {
  const failed = state('app/pkg.installed/app', 'failed', 1)
  const runs = Array.from({ length: 24 }, (_, at) => runOf(`m${at}`, at % 4 === 0 ? [failed] : [], 0))

  expect(shown(runs)[0]).toContain('  on m0, m4, m8, m12, m16 and m20  role app')
})
