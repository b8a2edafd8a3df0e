import { expect, it } from 'vitest'
import { showOf } from '../../../../../master/cli/render/result/show.ts'
import { shownRuns } from '../../../../../master/cli/render/result/shown-run.ts'
import { rootReasons, stoppedLines } from '../../../../../master/cli/render/result/stopped.ts'
import { PLAIN } from '../../../../../master/cli/render/style.ts'
import { runOf, state } from '../screen-scenes.ts'

function blocked(path: `${string}/${string}/${string}`, needed: string, how = 'failed') {
  return state(path, 'blocked', 1, { note: `it needs ${needed}, which ${how}` })
}

function shown(runs: readonly ReturnType<typeof runOf>[]): readonly string[] {
  const all = runs.map(({ minion }) => minion)
  return stoppedLines(shownRuns(runs), all, showOf(undefined, 'short'), PLAIN)
}

it('blocked states that need each other give what failed first as the reason', () => {
  const chain = [
    state('web/pkg.installed/a', 'failed', 1),
    blocked('web/cmd.run/b', 'web/pkg.installed/a'),
    blocked('web/cmd.run/c', 'web/cmd.run/b', 'was blocked'),
    blocked('web/cmd.run/d', 'web/cmd.run/c', 'is blocked'),
  ]

  expect(shown([runOf('m1', chain, 0)])).toEqual([
    'blocked       3 states: cmd.run b, cmd.run c, cmd.run d  they need pkg.installed a, which failed',
  ])
})

it('blocked states of several minions stay apart where their reasons differ', () => {
  const runs = ['a', 'b'].map(needed =>
    runOf(`m-${needed}`, [blocked('web/cmd.run/x', `web/pkg.installed/${needed}`)], 0),
  )

  expect(shown(runs)).toEqual([
    'blocked       cmd.run x  on m-a  it needs pkg.installed a, which failed',
    'blocked       cmd.run x  on m-b  it needs pkg.installed b, which failed',
  ])
})

it('blocked states of one minion stay apart where their reasons differ', () => {
  const own = [blocked('web/cmd.run/x', 'web/pkg.installed/a'), blocked('web/cmd.run/y', 'web/pkg.installed/b')]

  expect(shown([runOf('m1', own, 0)])).toHaveLength(2)
})

it('the reasons of a chain of blocked states are found in one pass', () => {
  const chain = Array.from({ length: 2000 }, (_, at) =>
    blocked(`web/cmd.run/${at + 1}`, at === 0 ? 'web/pkg.installed/a' : `web/cmd.run/${at}`, 'was blocked'),
  )

  expect(new Set(rootReasons(chain).values()).size).toBe(1)
})
