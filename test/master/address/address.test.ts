import { expect, it } from 'vitest'
import { cidrContains, hostOf, isHostAddress, overlap, sourceAddress } from '../../../master/address/address.ts'

it.each([
  ['10.0.0.5', '10.0.0.5'],
  ['::ffff:10.0.0.5', '10.0.0.5'],
  ['2001:DB8:0:0:0:0:0:5', '2001:db8::5'],
  ['100.64.3.4', '100.64.3.4'],
])('the source %s is the address %s', (from, address) => {
  expect(sourceAddress(from)).toBe(address)
})

it.each(['127.0.0.1', '::1', '::ffff:127.0.0.1', 'fe80::1%eth0', '169.254.1.1', '0.0.0.0', '::', '224.0.0.1', '', 'x'])(
  '%j is meaningless to other hosts and is not an address of a minion',
  from => {
    expect(sourceAddress(from)).toBeUndefined()
  },
)

it('an address has one canonical form, and ambiguous notations are rejected', () => {
  expect(hostOf('2001:DB8::0:5')).toBe('2001:db8::5')
  for (const odd of [
    '10.0.0.010',
    '10.1',
    '0x0a000001',
    '::ffff:10.0.0.1',
    'fe80::1%eth0',
    ' 10.0.0.1',
    '10.0.0.1\n',
  ]) {
    expect(isHostAddress(odd)).toBe(false)
  }
})

it('two networks overlap when one contains an address of the other', () => {
  expect(overlap('10.0.0.0/8', '10.1.2.3')).toBe(true)
  expect(overlap('10.1.2.3', '10.0.0.0/8')).toBe(true)
  expect(overlap('10.0.0.0/9', '10.128.0.0/9')).toBe(false)
  expect(cidrContains('10.0.0.5', '10.0.0.0/24')).toBe(false)
})
