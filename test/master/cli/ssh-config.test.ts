import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { renderSshConfig } from '../../../master/cli/render/ssh-config.ts'

const fleet = '0123456789abcdef'

describe('renderSshConfig', () => {
  it('leads every minion through the master, with a host key name that no other fleet has', () => {
    expect(renderSshConfig({ minions: ['db1'], socket: undefined, fleet })).toContain(`Host db1
  HostName db1
  HostKeyAlias db1.0123456789ab.saltern
  CheckHostIP no
  ProxyCommand master forward --stdio %h 22
`)
  })

  it('quotes a socket for ssh and for the shell behind it', () => {
    const text = renderSshConfig({ minions: ['db1'], socket: "/a b/100%/it's.sock", fleet })

    expect(text).toContain(`ProxyCommand master --socket '/a b/100%%/it'\\''s.sock' forward --stdio %h 22\n`)
  })

  it('refuses a socket that could write lines of its own', () => {
    expect(() => renderSshConfig({ minions: ['db1'], socket: '/a\nProxyCommand evil', fleet })).toThrow('line break')
  })

  it.runIf(hasSsh())('is what ssh itself understands', () => {
    const directory = mkdtempSync(join(tmpdir(), 'saltern-ssh-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    const file = join(directory, 'config')
    writeFileSync(file, renderSshConfig({ minions: ['db1', 'web1'], socket: '/a b/s', fleet }))

    const told = execFileSync('ssh', ['-G', '-F', file, 'web1'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })

    expect(told).toContain("proxycommand master --socket '/a b/s' forward --stdio %h 22\n")
    expect(told).toContain('hostkeyalias web1.0123456789ab.saltern\n')
  })
})

function hasSsh(): boolean {
  try {
    execFileSync('ssh', ['-V'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
