import { expect, it } from 'vitest'
import { sysctlIn, sysctlPath, withSysctl } from '../../../states/lib/sysctl-file.ts'

it('a sysctl key maps to a path, and its first separator determines the separator', () => {
  expect(sysctlPath('net.ipv4.conf.eth0/100.rp_filter')).toBe('/proc/sys/net/ipv4/conf/eth0.100/rp_filter')
  expect(sysctlPath('net/ipv4/conf/eth0.100/rp_filter')).toBe('/proc/sys/net/ipv4/conf/eth0.100/rp_filter')
})

it('the last line of a sysctl key takes precedence, and comments are ignored', () => {
  expect(sysctlIn('#a.b = 1\n; a.b = 2\n-a.b=3\na/b =  4  5\n', 'a.b')).toBe('4 5')
  expect(sysctlIn('a.bc = 1\n', 'a.b')).toBeUndefined()
})

it('a sysctl line is appended to a file and ends with a newline', () => {
  expect(withSysctl('', 'a.b', '1')).toBe('a.b = 1\n')
  expect(withSysctl('c.d = 2', 'a.b', '1')).toBe('c.d = 2\na.b = 1\n')
})
