import { describe, expect, it } from 'vitest'
import { sysctlIn, sysctlPath, withSysctl } from '../../../states/lib/sysctl-file.ts'

describe('kernel settings in a file', () => {
  it('a key names a path, and its first separator says which one divides', () => {
    expect(sysctlPath('net.ipv4.conf.eth0/100.rp_filter')).toBe('/proc/sys/net/ipv4/conf/eth0.100/rp_filter')
    expect(sysctlPath('net/ipv4/conf/eth0.100/rp_filter')).toBe('/proc/sys/net/ipv4/conf/eth0.100/rp_filter')
  })

  it('the last line wins; comments say nothing', () => {
    expect(sysctlIn('#a.b = 1\n; a.b = 2\n-a.b=3\na/b =  4  5\n', 'a.b')).toBe('4 5')
    expect(sysctlIn('a.bc = 1\n', 'a.b')).toBeUndefined()
  })

  it('a line is added to a file without one, and ends with a line break', () => {
    expect(withSysctl('', 'a.b', '1')).toBe('a.b = 1\n')
    expect(withSysctl('c.d = 2', 'a.b', '1')).toBe('c.d = 2\na.b = 1\n')
  })
})
