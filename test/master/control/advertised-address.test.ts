import type { NetworkInterfaceInfo } from 'node:os'
import { expect, it } from 'vitest'
import { advertisedAddressOf } from '../../../master/control/advertised-address.ts'

function ip(address: string, internal = false): NetworkInterfaceInfo {
  const family = address.includes(':') ? ('IPv6' as const) : ('IPv4' as const)
  return { address, internal, family, netmask: '', mac: '', cidr: null, scopeid: 0 } as NetworkInterfaceInfo
}

const HOST = {
  lo: [ip('127.0.0.1', true)],
  eth0: [ip('fe80::1'), ip('2001:db8::7'), ip('192.0.2.7')],
  wg0: [ip('10.8.0.1')],
}

it('the advertised address is the configured one, or the listen address if that names one', () => {
  expect(advertisedAddressOf('0.0.0.0:7443', 'master.example', HOST)).toEqual({
    address: 'master.example:7443',
    isGuess: false,
  })
  expect(advertisedAddressOf('192.0.2.9:7443', undefined, HOST)).toEqual({ address: '192.0.2.9:7443', isGuess: false })
})

it('a guessed advertised address names its interface and the other addresses of the machine', () => {
  expect(advertisedAddressOf('0.0.0.0:7443', undefined, HOST)).toEqual({
    address: '192.0.2.7:7443',
    isGuess: true,
    guess: { interface: 'eth0', others: ['2001:db8::7', '10.8.0.1'] },
  })
  expect(advertisedAddressOf('[::]:7443', undefined, { lo: HOST.lo })).toEqual({
    address: 'THIS-HOST:7443',
    isGuess: true,
  })
})
