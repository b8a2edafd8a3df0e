import { expect, it } from 'vitest'
import { parseCommand } from '../../../../master/cli/parse.ts'
import { AppError } from '../../../../protocol/errors.ts'

const parse = (...argv: readonly string[]): object => parseCommand(argv, '1.2.3')

function refusal(...argv: readonly string[]): string {
  try {
    return JSON.stringify(parse(...argv))
  } catch (thrown) {
    if (thrown instanceof AppError) return `${thrown.code} ${thrown.message}`
    throw thrown
  }
}

it('`master run` takes a target, options and, after `--`, a program with its own arguments', () => {
  expect(
    parse('run', 'role=db', 'level=staging', '--user', 'www', '--timeout', '30s', '--', 'ls', '-l', '--json', '--'),
  ).toMatchObject({
    kind: 'run',
    target: 'role=db level=staging',
    argv: ['ls', '-l', '--json', '--'],
    wish: { user: 'www', timeoutMs: 30_000 },
    stdin: true,
    view: { output: 'text' },
  })
  expect(parse('--json', 'run', '*', '-n', '--', 'true')).toMatchObject({ stdin: false, view: { output: 'json' } })
})

it.each([
  [['run', 'db1'], 'USAGE'],
  [['run', 'db1', 'uptime'], 'USAGE the target must come before `--`'],
  [['run', 'db1', '--'], 'USAGE'],
  [['run', '--', 'uptime'], 'USAGE'],
  [['run', '--', 'uptime', '-p'], 'USAGE the target must come before `--`'],
  [['run', 'db1', '--timeout', 'soon', '--', 'x'], 'A time is a number'],
])('`master run` rejects the arguments %j', (argv, words) => {
  expect(refusal(...argv)).toContain(words)
})

it('cp, forward and ssh-config are parsed into their requests', () => {
  expect(parse('cp', 'a', 'db1:/b', '--mode', '0640', '--group', 'www-data')).toMatchObject({
    kind: 'copy',
    wish: { way: 'put', target: 'db1', from: 'a', to: '/b' },
    owner: { mode: 0o640, group: 'www-data' },
  })
  expect(parse('forward', 'db1', '3306')).toMatchObject({
    kind: 'forward',
    minion: 'db1',
    to: { host: '127.0.0.1', port: 3306 },
    listen: { host: '127.0.0.1', port: 0 },
  })
  expect(parse('forward', '--stdio', 'db1', '22')).not.toHaveProperty('listen')
  expect(parse('ssh-config')).not.toHaveProperty('target')
  expect(parse('ssh-config', 'role=db')).toMatchObject({ kind: 'ssh-config', target: 'role=db' })
})

it.each([
  [['cp', 'db1:/a', 'b', '--mode', '600'], 'USAGE `--mode`, `--user` and `--group` apply only to a copy on a minion'],
  [['cp', 'a', 'db1:/a', '--mode', 'u+x'], 'Permission bits are 3 or 4 octal digits'],
  [['forward', 'db1', 'http'], 'USAGE a port is a number'],
  [['forward', 'db1', '80', '--listen', '0.0.0.0:80'], 'is not a loopback address'],
])('cp, forward and ssh-config reject the arguments %j', (argv, words) => {
  expect(refusal(...argv)).toContain(words)
})
