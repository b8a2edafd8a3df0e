import { expect, it } from 'vitest'
import { parseCommand } from '../../../../../master/cli/parse.ts'
import { showOf } from '../../../../../master/cli/render/result/show.ts'

function typed(words: string): ReturnType<typeof showOf> {
  const invocation = parseCommand(words.split(' '), '')
  return showOf('view' in invocation ? invocation.view.show : undefined, 'short')
}

it.each([
  ['apply web1', { states: 'notable', diff: 'short', slowest: 0 }],
  ['apply web1 -v', { states: 'all', diff: 'short', slowest: 0 }],
  ['test web1 --diff=full', { states: 'notable', diff: 'full', slowest: 0 }],
  ['test web1 --no-diff', { states: 'notable', diff: 'none', slowest: 0 }],
  ['report web1 --failed --verbose', { states: 'failed', diff: 'short', slowest: 0 }],
  ['jobs job-1 --failed --diff=full', { states: 'failed', diff: 'full', slowest: 0 }],
  ['jobs job-1 --no-diff', { states: 'notable', diff: 'none', slowest: 0 }],
  ['apply web1 --brief --slowest', { states: 'none', diff: 'short', slowest: 10 }],
])('the display options are parsed from `%s`', (words, show) => {
  expect(typed(words)).toEqual(show)
})

it('the master is asked for unchanged and slowest states only when they are displayed', () => {
  expect(parseCommand(['apply', 'web1', '-v', '--slowest'], '')).toMatchObject({
    call: { input: { unchanged: true, slowest: 10 } },
  })
  expect(parseCommand(['jobs', 'job-1', '-v', '--slowest'], '')).toMatchObject({
    call: { verb: 'job', input: { job: 'job-1', unchanged: true, slowest: 10 } },
  })
  expect(parseCommand(['jobs', 'job-1', '--brief'], '')).toMatchObject({ call: { input: { job: 'job-1' } } })
  expect(parseCommand(['apply', 'web1'], '')).not.toHaveProperty('call.input.unchanged')
})

it('an unknown value of --diff is rejected with the valid ones', () => {
  expect(() => parseCommand(['apply', 'web1', '--diff', 'web2'], '')).toThrow(/short, full, none/)
})

it.each(['-v', '--brief', '--no-diff', '--diff=short'])(
  '`jobs %s` without a job is refused, because a list has no states',
  option => {
    expect(() => parseCommand(['jobs', option], '')).toThrow(/expected a job with options that choose what is shown/)
  },
)
