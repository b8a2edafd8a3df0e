import { describe, expect, it } from 'vitest'
import { isWorthCollecting } from '../../protocol/return-memory.ts'

const MIB = 1024 ** 2

describe('garbage of finished work', () => {
  it('garbage is collected when an idle process has a grown heap', () => {
    expect(isWorthCollecting({ busy: 0.01, heap: 60 * MIB, before: 30 * MIB })).toBe(true)
  })

  it('garbage is not collected while the process works, when the heap has hardly grown, or when a collection would take long', () => {
    expect(isWorthCollecting({ busy: 0.2, heap: 60 * MIB, before: 30 * MIB })).toBe(false)
    expect(isWorthCollecting({ busy: 0.01, heap: 33 * MIB, before: 30 * MIB })).toBe(false)
    expect(isWorthCollecting({ busy: 0.01, heap: 500 * MIB, before: 30 * MIB })).toBe(false)
  })
})
