import { expect, it } from 'vitest'
import { wantedLine } from '../../../master/shell/run.ts'

it('the login shell runs the command from -c, otherwise from SSH_ORIGINAL_COMMAND', () => {
  expect(wantedLine('ping db1', undefined)).toBe('ping db1')
  expect(wantedLine('ping db1', 'roles')).toBe('ping db1')
  expect(wantedLine(undefined, 'ping db1')).toBe('ping db1')
  expect(wantedLine(undefined, undefined)).toBeUndefined()
})

it('the login shell ignores a command that names the shell itself', () => {
  for (const own of ['/usr/bin/saltern-shell', 'saltern-shell', 'master shell', ' /usr/bin/master shell ']) {
    expect(wantedLine(own, undefined), own).toBeUndefined()
    expect(wantedLine(own, 'ping db1'), own).toBe('ping db1')
  }
})
