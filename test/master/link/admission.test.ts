import { expect, it } from 'vitest'
import { Admission, type Arrival, type Standing } from '../../../master/link/admission.ts'
import { LIMITS } from '../../../protocol/limits.ts'

const STRANGERS = LIMITS.halfOpenSockets / 2

interface Wish {
  readonly at?: number
  readonly standing?: Standing
}

/** An admission that knows the sources below 192.168, with the addresses it dropped. */
function opened() {
  const admission = new Admission(source => source.startsWith('192.168.'))
  const dropped: string[] = []
  const arrive = (address: string, { at = 0, standing = 'proof' }: Wish = {}): Arrival | undefined => {
    const arrival = { address, at, standing: () => standing, drop: () => void dropped.push(address) }
    return admission.admit(arrival) ? arrival : undefined
  }
  return { admission, dropped, arrive }
}

/** The same with the half reserved for strangers filled by sockets of this number of sources, each from its own network. */
function filled(sources: number, wish: Wish = {}) {
  const scene = opened()
  for (let at = 0; at < STRANGERS; at++) scene.arrive(`10.0.${at % sources}.1`, wish)
  expect(scene.admission.halfOpen).toBe(STRANGERS)
  return scene
}

it('admission limits the connection rate of one source until time has passed', () => {
  const { admission, arrive } = opened()
  const admitted = (at: number): number => {
    for (let count = 0; ; count++) {
      const arrival = arrive('10.0.0.1', { at })
      if (arrival === undefined) return count
      admission.release(arrival)
    }
  }

  expect(admitted(0)).toBe(LIMITS.connectionsBurst)
  expect(admitted(1000)).toBe(LIMITS.connectionsPerSecond)
  expect(arrive('10.0.1.2', { at: 1000 })).toBeDefined()
})

it('admission counts an IPv4-mapped IPv6 address as the IPv4 source', () => {
  const { admission, arrive } = opened()
  for (let count = 0; count < LIMITS.connectionsBurst; count++) {
    const arrival = arrive(count % 2 === 0 ? '10.0.0.1' : '::ffff:10.0.0.1')
    if (arrival !== undefined) admission.release(arrival)
  }

  expect(arrive('10.0.0.1')).toBeUndefined()
  expect(arrive('::ffff:10.0.0.1')).toBeUndefined()
})

it('admission limits all sources of one network together, and no other network', () => {
  const { admission, arrive } = opened()
  let admitted = 0
  for (let count = 0; count < 250 * 10; count++) {
    const arrival = arrive(`10.0.0.${count % 250}`)
    if (arrival === undefined) continue
    admitted += 1
    admission.release(arrival)
  }

  expect(admitted).toBe(LIMITS.networkBurst)
  expect(arrive('10.0.1.1')).toBeDefined()
})

it('admission exempts a proven source from the rate limit', () => {
  const { admission, arrive } = opened()
  for (let count = 0; count < 10 * LIMITS.connectionsBurst; count++) {
    const arrival = arrive('192.168.0.1')
    expect(arrival).toBeDefined()
    if (arrival !== undefined) admission.release(arrival)
  }
})

it('admission does not lock out a source when the clock is set back', () => {
  const { arrive } = opened()
  for (let count = 0; count < 30; count++) arrive('10.0.0.1', { at: 1e9 })

  expect(arrive('10.0.0.1', { at: 0 })).toBeDefined()
})

it('admission reserves half of the sockets for proven sources', () => {
  const { admission, dropped, arrive } = filled(STRANGERS)

  expect(arrive('10.1.0.1')).toBeUndefined()
  for (let at = 0; at < STRANGERS; at++) expect(arrive(`192.168.${at}.1`)).toBeDefined()
  expect(admission.halfOpen).toBe(LIMITS.halfOpenSockets)
  expect(dropped).toEqual([])
})

it('admission limits the sockets of one network without a proven source', () => {
  const { admission, arrive } = opened()
  for (let host = 1; host <= 250; host++) arrive(`10.0.0.${host}`)

  expect(admission.halfOpen).toBe(LIMITS.networkHalfOpenSockets)
  expect(arrive('10.0.1.1')).toBeDefined()
})

it('admission drops the oldest silent socket first, whichever source holds most', () => {
  const { dropped, arrive } = opened()
  arrive('10.1.0.1', { standing: 'silent' })
  arrive('10.2.0.1', { standing: 'silent' })
  for (let at = 2; at < STRANGERS; at++) arrive(at < 40 ? '10.3.0.1' : `10.4.${at}.1`)

  expect(arrive('10.5.0.1', { at: 1000 })).toBeDefined()
  expect(dropped).toEqual(['10.1.0.1'])
  expect(arrive('10.5.0.2', { at: 1000 })).toBeDefined()
  expect(dropped).toEqual(['10.1.0.1', '10.2.0.1'])
})

it('admission drops a socket that stopped after one byte before one that completed TLS', () => {
  const { dropped, arrive } = opened()
  arrive('10.1.0.1', { standing: 'proof' })
  arrive('10.2.0.1', { standing: 'tls' })
  for (let at = 2; at < STRANGERS; at++) arrive(`10.3.${at}.1`, { standing: 'proof' })

  expect(arrive('10.4.0.1', { at: 1500 })).toBeDefined()
  expect(dropped).toEqual(['10.2.0.1'])
})

it('admission gives a socket time for its first byte, so that simultaneous connections do not drop each other', () => {
  const { dropped, arrive } = filled(STRANGERS, { standing: 'silent' })

  expect(arrive('10.1.0.1', { at: 100 })).toBeUndefined()
  expect(dropped).toEqual([])
})

it('admission drops a silent socket of a source that reconnects repeatedly in favour of one that does not', () => {
  const { admission, dropped, arrive } = opened()
  for (let again = 0; again < 30; again++) {
    const arrival = arrive('10.1.0.1', { standing: 'silent' })
    if (arrival !== undefined) admission.release(arrival)
  }
  arrive('10.1.0.1', { standing: 'silent' })
  for (let at = 1; at < STRANGERS; at++) arrive(`10.2.${at}.1`, { standing: 'silent' })

  expect(arrive('10.3.0.1', { at: 10, standing: 'silent' })).toBeDefined()
  expect(dropped).toEqual(['10.1.0.1'])
  expect(arrive('10.3.0.2', { at: 10, standing: 'silent' })).toBeUndefined()
})

it('admission drops the oldest socket of the source that holds most in favour of one that holds fewer', () => {
  const { admission, dropped, arrive } = filled(4)

  expect(arrive('10.0.9.1')).toBeDefined()
  expect(dropped).toEqual(['10.0.0.1'])
  expect(admission.halfOpen).toBe(STRANGERS)
})

it('admission drops no socket when all sources are equal, so that started handshakes complete', () => {
  const { dropped, arrive } = filled(STRANGERS)

  expect(arrive('10.1.0.1')).toBeUndefined()
  expect(arrive('10.0.0.1')).toBeUndefined()
  expect(dropped).toEqual([])
})

it('admission counts a socket once, however often it is released', () => {
  const { admission, arrive } = filled(10)
  const [first, second] = [arrive('192.168.0.1'), arrive('192.168.0.1')]
  if (first === undefined || second === undefined) throw new Error('refused')

  for (let again = 0; again < 3; again++) admission.release(first)

  expect(admission.halfOpen).toBe(STRANGERS + 1)
})
