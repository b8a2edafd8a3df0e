import { describe, expect, it } from 'vitest'
import { Admission, networkOf } from '../../../master/link/admission.ts'
import { LIMITS } from '../../../protocol/limits.ts'

const nothing = (): void => undefined

/** Fills the cap with sockets of these networks in turn; which of them were dropped. */
function filled(networks: number): { readonly admission: Admission; readonly dropped: number[] } {
  const admission = new Admission()
  const dropped: number[] = []
  for (let at = 0; at < LIMITS.halfOpenSockets; at++) {
    admission.admit(`10.0.0.${at % networks}`, at * 1000, () => void dropped.push(at))
  }
  return { admission, dropped }
}

describe('admission', () => {
  it('lets one network make so many connections and no more, until time has passed', () => {
    const admission = new Admission()
    const admitted = (now: number): number => {
      let count = 0
      while (admission.admit('10.0.0.1', now, nothing)) {
        admission.release('10.0.0.1', nothing)
        count += 1
      }
      return count
    }

    expect(admitted(0)).toBe(LIMITS.connectionsBurst)
    expect(admitted(1000)).toBe(LIMITS.connectionsPerSecond)
    expect(admission.admit('10.0.0.2', 1000, nothing)).toBe(true)
  })

  it('gives up the oldest socket of who holds the most for who holds less', () => {
    const { admission, dropped } = filled(4)

    expect(admission.admit('10.0.1.1', 1e6, nothing)).toBe(true)
    expect(dropped).toEqual([0])
    expect(admission.halfOpen).toBe(LIMITS.halfOpenSockets)
  })

  it('gives up nothing among equals: those that began come to their end', () => {
    const { admission, dropped } = filled(LIMITS.halfOpenSockets)

    expect(admission.admit('10.0.1.1', 1e6, nothing)).toBe(false)
    expect(admission.admit('10.0.0.1', 1e6, nothing)).toBe(false)
    expect(dropped).toEqual([])
  })

  it('counts a socket once, however often it is released', () => {
    const { admission } = filled(1)
    const mine = (): void => undefined
    admission.admit('10.0.2.2', 1e6, mine)

    for (let again = 0; again < 3; again++) admission.release('10.0.2.2', mine)

    expect(admission.halfOpen).toBe(LIMITS.halfOpenSockets - 1)
  })

  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::', '2001:db8:1:2'],
    ['2001:db8::7', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['', ''],
  ])('takes %j for one of %j', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })
})
