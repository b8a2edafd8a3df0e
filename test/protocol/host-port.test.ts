import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { advertisedAddressOf } from '../../master/control/advertised-address.ts'
import { loadConfig, parseMasterAddress } from '../../minion/config.ts'
import { formatHostPort, parseHostPort } from '../../protocol/host-port.ts'

it.each([
  ['[::1]:4511', '::1', 4511],
  ['[2001:db8::1]', '2001:db8::1', 7443],
  ['2001:db8::1', '2001:db8::1', 7443],
  ['2001:db8::1:7443', '2001:db8::1:7443', 7443],
  ['::ffff:192.0.2.1', '::ffff:192.0.2.1', 7443],
  ['192.0.2.1:4511', '192.0.2.1', 4511],
  ['master.example', 'master.example', 7443],
])('`minion join --master %s` connects to %s, port %i', (text, host, port) => {
  expect(parseMasterAddress(text)).toEqual({ host, port })
  expect(parseHostPort(formatHostPort({ host, port }), 1)).toEqual({ host, port })
})

it.each(['[::1', '::1]:1', '[1.2.3.4]:1', '[]:1', 'a:b', 'host:0', 'host:70000', 'fe80::1%eth0', ''])(
  'the master address %j is rejected, and the hint shows the form for IPv6',
  text => {
    expect(() => parseMasterAddress(text)).toThrow(/the address of a master/)
  },
)

it('an IPv6 master in minion.yml can be written with or without brackets', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'saltern-config-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const load = (host: string) => {
    const master = `master: {host: "${host}", port: 4511}`
    writeFileSync(join(directory, 'minion.yml'), `id: db1\n${master}\nroot: ${'A'.repeat(43)}\n`)
    return loadConfig(directory)
  }

  for (const host of ['[2001:db8::1]', '2001:db8::1']) {
    expect((await load(host)).master).toEqual({ host: '2001:db8::1', port: 4511 })
  }
  await expect(load('[2001:db8::1]:80')).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
})

it('the advertised address has brackets around an IPv6 address, from settings and from the machine', () => {
  const one = (address: string, family: 'IPv4' | 'IPv6') => ({ eth0: [{ address, family, internal: false } as never] })

  expect(advertisedAddressOf('[::]:4511', '2001:db8::1', {}).address).toBe('[2001:db8::1]:4511')
  expect(advertisedAddressOf('[::]:4511', '[2001:db8::1]', {}).address).toBe('[2001:db8::1]:4511')
  expect(advertisedAddressOf('[::]:4511', '[2001:db8::1]:80', {}).address).toBe('[2001:db8::1]:80')
  expect(advertisedAddressOf('0.0.0.0:4511', 'master.example', {}).address).toBe('master.example:4511')
  expect(advertisedAddressOf('[::]:4511', undefined, one('2001:db8::2', 'IPv6')).address).toBe('[2001:db8::2]:4511')
  expect(advertisedAddressOf('[::]:4511', undefined, one('192.0.2.1', 'IPv4')).address).toBe('192.0.2.1:4511')
})
