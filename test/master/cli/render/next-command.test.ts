import { expect, it } from 'vitest'
import { renderApply } from '../../../../master/cli/render/apply.ts'
import { PLAIN } from '../../../../master/cli/render/style.ts'
import type { ApplyResult } from '../../../../master/jobs/results.ts'
import { failingApply, runOf, state, steadyApply, testOfTwenty } from './screen-scenes.ts'

/** The lines after the one with the details. */
function last(result: ApplyResult, target?: string): readonly string[] {
  const lines = renderApply(result, PLAIN, { detailed: false, ...(target === undefined ? {} : { target }) }).split('\n')
  return lines.slice(lines.findIndex(line => line.includes('details: master report')) + 1, -1)
}

function failing(count: number): ApplyResult {
  const failed = state('web/pkg.installed/nginx', 'failed', 1)
  return { ...steadyApply(0), runs: Array.from({ length: count }, (_, at) => runOf(`m${at}`, [failed], 0)) }
}

it('a dry run says that nothing was changed, and which command applies it', () => {
  expect(last(testOfTwenty(), 'role=web not *1')).toEqual([
    "dry run, nothing was changed  apply it: master apply role=web not '*1'",
  ])
})

it('a dry run with checks says that they judged the hosts before the change', () => {
  const checks = [{ key: 'up', outcome: 'passed', durationMs: 1 }] as const
  const changes = { ...runOf('m0', [state('web/file.managed//etc/x', 'would-change', 1)], 0), checks }
  const result = { ...steadyApply(0), verb: 'test', runs: [changes] } as const

  expect(last(result, 'm0')[0]).toContain('dry run, nothing was changed; the checks judged the hosts as they are')
  expect(last({ ...result, runs: [{ ...runOf('m0', [], 0), checks }] }, 'm0')).toEqual(['dry run, nothing was changed'])
})

it('a dry run without changes says only that nothing was changed', () => {
  expect(last({ ...steadyApply(3), verb: 'test' }, '*')).toEqual(['dry run, nothing was changed'])
})

it('a dry run that failed gives the command that tests again', () => {
  expect(last({ ...failing(1), verb: 'test' }, '*')).toEqual([
    'dry run, nothing was changed  fix the cause, then test again: master test m0',
  ])
})

it('an apply that failed gives a command for the minions that failed, or for all where they are many', () => {
  expect(last(failingApply(), '*')).toEqual(['fix the cause, then apply again: master apply web4,web9,web17'])
  const { runs, ...result } = failingApply()
  expect(last({ ...result, runs: runs.toReversed() }, '*')).toEqual(last(failingApply(), '*'))
  expect(last(failing(9), '*')).toEqual(["fix the cause, then apply again: master apply '*'"])
  expect(last(failing(9), 'm'.repeat(200))).toEqual([])
})

it('an apply that succeeded gives no command', () => {
  expect(last(steadyApply(3), '*')).toEqual([])
})

it('the exit code of an apply says how many minions failed', () => {
  expect(renderApply(failingApply(), PLAIN)).toContain('\nexit code 1: 3 minions failed\n')
  expect(renderApply(failing(1), PLAIN)).toContain('\nexit code 1: 1 minion failed\n')
})
