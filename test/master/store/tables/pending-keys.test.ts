import { expect, it } from 'vitest'
import type { KeyClaim } from '../../../../master/keys/key-store.ts'
import type { Fingerprint, MinionId } from '../../../../protocol/ids.ts'
import { openFixture } from '../fixture.ts'

/** The key claim of `vm<number>` from this address. */
function from(address: string, number: number): KeyClaim {
  const key = new Uint8Array(32).fill(number % 251)
  const fingerprint = `SHA256:${number}` as Fingerprint
  return { minion: `vm${number}` as MinionId, fingerprint, key, sealingKey: key, address }
}

it('a thousand pending keys of one network do not block a key of another network', () => {
  const { keys } = openFixture().store
  for (let number = 1; number <= 1000; number++) keys.addPending(from(`10.0.0.${number % 250}`, number))

  expect(keys.countPending()).toBeLessThan(1000)
  expect(keys.addPending(from('10.0.0.77', 1001))).toBe(false)
  expect(keys.addPending(from('10.0.1.1', 1002))).toBe(true)
  expect(keys.addPending(from('::ffff:10.0.0.1', 1003))).toBe(false)
})

it('when pending keys are full, the network with most of them loses its oldest to a network with fewer', () => {
  const { keys } = openFixture().store
  for (let number = 1; number <= 1000; number++) keys.addPending(from(`10.0.${number % 4}.1`, number))
  expect(keys.countPending()).toBe(1000)

  expect(keys.addPending(from('10.0.9.1', 1001))).toBe(true)

  expect(keys.countPending()).toBe(1000)
  expect(keys.list().some(({ minion }) => minion === 'vm1001')).toBe(true)
})

it('pending keys expire, decided ones do not, and an expired key can be submitted again', () => {
  const { store, pass } = openFixture()
  const { keys } = store
  for (const number of [1, 2, 3]) keys.addPending(from('10.0.0.1', number))
  keys.accept('vm1' as MinionId, from('', 1).fingerprint, 'root')
  keys.reject('vm2' as MinionId, from('', 2).fingerprint, 'root')
  pass(3_600_000)
  keys.addPending(from('10.0.0.1', 4))

  expect(keys.expirePending('2026-11-21T10:30:00.000Z')).toBe(1)

  expect(keys.list().map(({ minion, state }) => `${minion} ${state}`)).toEqual([
    'vm1 accepted',
    'vm2 rejected',
    'vm4 pending',
  ])
  expect(keys.addPending(from('10.0.0.1', 3))).toBe(true)
})
