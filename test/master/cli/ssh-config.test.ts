import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { renderSshConfig } from '../../../master/cli/render/ssh-config.ts'

const fleet = '0123456789abcdef'

it('renderSshConfig connects every minion through the master with a host key alias unique to the fleet', () => {
  expect(renderSshConfig({ minions: ['db1'], socket: undefined, fleet })).toContain(`Host db1
  HostName db1
  HostKeyAlias db1.0123456789ab.saltern
  CheckHostIP no
  ProxyCommand master forward --stdio %h 22
`)
})

it('renderSshConfig quotes the socket path for ssh and for the shell', () => {
  const text = renderSshConfig({ minions: ['db1'], socket: "/a b/100%/it's.sock", fleet })

  expect(text).toContain(`ProxyCommand master --socket '/a b/100%%/it'\\''s.sock' forward --stdio %h 22\n`)
})

it('renderSshConfig rejects a socket path with a line break', () => {
  expect(() => renderSshConfig({ minions: ['db1'], socket: '/a\nProxyCommand evil', fleet })).toThrow('line break')
})

it.runIf(hasSsh())('renderSshConfig writes a configuration that ssh itself parses', () => {
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

function hasSsh(): boolean {
  try {
    execFileSync('ssh', ['-V'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
