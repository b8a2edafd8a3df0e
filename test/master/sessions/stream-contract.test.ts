import { expect, it } from 'vitest'
import { planStream, type StreamName } from '../../../master/sessions/stream-contract.ts'
import { AppError } from '../../../protocol/errors.ts'

it.each([
  [
    'ssh',
    { minion: 'db1', term: 'xterm', columns: 80, rows: 24, user: 'anna' },
    {
      target: 'id=db1',
      user: 'anna',
      words: '',
      request: { kind: 'terminal', term: 'xterm', columns: 80, rows: 24 },
    },
  ],
  [
    'run',
    { target: 'role=db', argv: ['df', '-h'] },
    { target: 'role=db', words: 'df -h', request: { kind: 'exec', argv: ['df', '-h'] } },
  ],
  ['cp-get', { target: 'role=db', path: '/etc/hosts' }, { target: 'role=db', request: { kind: 'file-get' } }],
  ['cp-get', { minion: 'db1', path: '/etc/hosts' }, { words: '/etc/hosts', request: { kind: 'file-get' } }],
  [
    'forward',
    { minion: 'db1', host: '127.0.0.1', port: 3306 },
    { words: '127.0.0.1:3306', request: { kind: 'tcp', port: 3306 } },
  ],
] as const)('the input of the stream %s becomes a request to the minion', (verb, input, plan) => {
  expect(planStream(verb, input)).toMatchObject(plan)
})

it.each<[StreamName, unknown, string]>([
  ['ssh', { minion: '*', term: 'xterm', columns: 80, rows: 24 }, 'expected the id of one minion'],
  ['ssh', { minion: 'db1', term: 'x;rm', columns: 80, rows: 24 }, 'term'],
  ['ssh', { minion: 'db1', term: 'xterm', columns: 0, rows: 24 }, 'columns'],
  ['run', { target: '*', argv: [] }, 'argv'],
  ['run', { target: '*', argv: ['a\0b'] }, 'argv'],
  ['cp-get', { minion: 'db1', path: 'etc/hosts' }, 'path'],
  ['cp-put', { minion: 'db1', path: '/x', size: 1, sha256: 'x' }, 'sha256'],
  ['cp-get', { path: '/x' }, 'expected one of `minion` and `target`, found neither'],
  ['cp-get', { minion: 'db1', target: 'db*', path: '/x' }, 'expected one of `minion` and `target`, found both'],
  ['forward', { minion: 'db1', host: '-x', port: 1 }, 'host'],
  ['forward', { minion: 'db1', host: '127.0.0.1', port: 0 }, 'port'],
  ['forward', { minion: 'db1', host: '127.0.0.1', port: 1, more: 1 }, 'more'],
  ['run', undefined, 'run'],
])('the stream %s rejects the input %j', (verb, input, words) => {
  try {
    planStream(verb, input)
    expect.unreachable()
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(AppError)
    expect(thrown).toMatchObject({ code: 'USAGE', message: expect.stringContaining(words) as string })
  }
})
