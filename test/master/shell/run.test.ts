import { describe, expect, it } from 'vitest'
import { wantedLine } from '../../../master/shell/run.ts'

describe('the line that a login wants done', () => {
  it('is what follows -c, or what sshd was asked for', () => {
    expect(wantedLine('ping db1', undefined)).toBe('ping db1')
    expect(wantedLine('ping db1', 'roles')).toBe('ping db1')
    expect(wantedLine(undefined, 'ping db1')).toBe('ping db1')
    expect(wantedLine(undefined, undefined)).toBeUndefined()
  })

  it('is none when the shell is told to run itself', () => {
    for (const own of ['/usr/bin/saltern-shell', 'saltern-shell', 'master shell', ' /usr/bin/master shell ']) {
      expect(wantedLine(own, undefined), own).toBeUndefined()
      expect(wantedLine(own, 'ping db1'), own).toBe('ping db1')
    }
  })
})
