import { describe, expect, it } from 'vitest'
import { compareVersions } from '../../../states/lib/debian-version.ts'

describe('versions of Debian packages', () => {
  // Each version is older than the next, according to `dpkg --compare-versions`.
  const RISING = [
    '0~~a',
    '0~a',
    '0',
    '0a',
    '0+b',
    '1.0~rc1-1',
    '1.0-1',
    '1.0-1+deb12u1',
    '1.0-1.1',
    '1.0-9',
    '1.0-10',
    '1.2',
    '1.10',
    '2.0',
    '1:0.5',
    '1:1.0',
    '10:0',
  ]

  it('versions of Debian packages are ordered as dpkg orders them', () => {
    for (const [index, version] of RISING.entries()) {
      expect(compareVersions(version, version)).toBe(0)
      for (const later of RISING.slice(index + 1)) {
        expect([version, later, compareVersions(version, later) < 0]).toEqual([version, later, true])
        expect([later, version, compareVersions(later, version) > 0]).toEqual([later, version, true])
      }
    }
  })

  it('versions of Debian packages that differ only in zeros are equal', () => {
    expect(compareVersions('1.01', '1.1')).toBe(0)
    expect(compareVersions('0:1.0', '1.0')).toBe(0)
  })
})
