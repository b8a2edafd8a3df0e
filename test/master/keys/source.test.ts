import { expect, it } from 'vitest'
import { networkOf, plainAddress, sourceOf } from '../../../master/keys/source.ts'

it.each([
  ['10.0.0.1', '10.0.0.1', '10.0.0.1', '10.0.0.0/24'],
  ['::ffff:10.0.0.1', '10.0.0.1', '10.0.0.1', '10.0.0.0/24'],
  ['::FFFF:0a00:0001', '10.0.0.1', '10.0.0.1', '10.0.0.0/24'],
  ['0:0:0:0:0:ffff:10.0.0.1', '10.0.0.1', '10.0.0.1', '10.0.0.0/24'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2', '2001:db8:1:2::/64'],
  ['2001:DB8:0001:2::', '2001:db8:0001:2::', '2001:db8:1:2', '2001:db8:1:2::/64'],
  ['2001:db8::7', '2001:db8::7', '2001:db8:0:0', '2001:db8:0:0::/64'],
  ['::1', '::1', '0:0:0:0', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80::1', 'fe80:0:0:0', 'fe80:0:0:0::/64'],
  ['', '', '', ''],
])('the address %j has the plain form %j, the source %j and the network %j', (address, plain, source, network) => {
  expect(plainAddress(address)).toBe(plain)
  expect(sourceOf(address)).toBe(source)
  expect(networkOf(address)).toBe(network)
})
