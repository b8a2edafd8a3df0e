import { expect, it } from 'vitest'
import { renderGithub } from '../../../../../master/cli/render/formats/github.ts'
import { summaryOfApply } from '../../../../../master/cli/render/formats/summary.ts'
import { CI_RESULT, run, state } from './ci-result.ts'

const github = (more: Partial<typeof CI_RESULT>) => renderGithub(summaryOfApply({ ...CI_RESULT, ...more }))

it('a result for GitHub Actions has one error for a state that failed on many minions, however their messages differ', () => {
  const runs = ['a', 'b', 'c', 'd'].map((minion, at) => {
    return run(minion, [state('/x', 'failed', { problem: { code: 'PROGRAM_FAILED', message: `exit code ${at}` } })], {
      state: 'failed',
    })
  })

  expect(github({ runs, offline: [], leftOut: [] }).split('\n')).toEqual([
    '::error file=roles/web/states.yml,line=12,col=3,title=file.managed /x%3A failed::on a, b and 2 more%0APROGRAM_FAILED: exit code 0%0A3 of them with another message',
    expect.stringMatching(/^4 minions: 4 failed/),
    '',
  ])
})

it('a result for GitHub Actions says that the message is that of one minion where others have it with their own id', () => {
  const runs = ['web1', 'web2'].map(minion => {
    const problem = { code: 'PROGRAM_FAILED', message: `no certificate for ${minion}` } as const
    return run(minion, [state('/x', 'failed', { problem })], { state: 'failed' })
  })

  expect(github({ runs, offline: [], leftOut: [] })).toContain(
    'on web1 and web2, each with its own id%0APROGRAM_FAILED: no certificate for web1\n',
  )
})

it('a result for GitHub Actions has a notice for what a test would change, and nothing for what an apply changed', () => {
  const would = state('/x', 'would-change', { actions: [{ kind: 'write-file', summary: 'write `/x`' }] })
  const runs = [run('a', [would], { test: true, counts: { 'would-change': 1 } })]

  expect(github({ verb: 'test', runs, offline: [], leftOut: [] })).toMatch(/^::notice .*::on a%0Awrite `\/x`\n1 minion/)
  expect(github({ runs: [run('a', [state('/x', 'changed')])], offline: [], leftOut: [] })).not.toContain('::')
})

it('a result for GitHub Actions has an error for a run that came to nothing, and for a failed check', () => {
  const check = { key: 'web/answers', outcome: 'failed', durationMs: 1 } as const
  const runs = [run('a', [], { state: 'expired' }), run('b', [], { state: 'failed', checks: [check] })]

  expect(github({ runs, offline: [], leftOut: [] }).match(/^::.*$/gm)).toEqual([
    '::error title=check web/answers%3A failed::on b',
    '::error title=run%3A expired::on a',
  ])
})

it('a result for GitHub Actions warns of a minion that waits in a test, and calls it an error in an apply', () => {
  const waiting = [{ minion: 'a', problems: [{ code: 'EXPORT_MISSING', message: 'm' }] }] as const
  const silent = { runs: [], offline: [], leftOut: [], waiting }

  expect(github({ ...silent, verb: 'test' })).toMatch(/^::warning/)
  expect(github(silent)).toMatch(/^::error/)
})
