import { generateKeyPairSync } from 'node:crypto'
import { expect, it } from 'vitest'
import type { Store } from '../../../../master/store/open.ts'
import { MOST_ADDRESSES } from '../../../../master/store/tables/addresses.ts'
import type { Fingerprint, MinionId } from '../../../../protocol/ids.ts'
import { fingerprintOf, rawPublicKey } from '../../../../protocol/signature.ts'
import { openFixture } from '../fixture.ts'

const [DB1, DB2] = ['db1' as MinionId, 'db2' as MinionId]

function accept(store: Store, minion: MinionId): Fingerprint {
  const key = rawPublicKey(generateKeyPairSync('ed25519').publicKey)
  store.keys.addPending({ minion, key, fingerprint: fingerprintOf(key), sealingKey: key })
  store.keys.accept(minion, fingerprintOf(key), 'test')
  return fingerprintOf(key)
}

const events = ({ log }: Store): readonly string[] => log.read(0, 1000).map(({ event }) => event.type)
const held = ({ addresses }: Store): readonly string[] => {
  return addresses.list().map(({ address, minion }) => `${address} ${minion}`)
}

it('an address that a minion connects from is held for it and logged once', () => {
  const { store } = openFixture()

  expect(store.addresses.take(DB1, '10.0.0.1')).toBe(DB1)
  store.addresses.take(DB1, '10.0.0.1')

  expect(held(store)).toEqual(['10.0.0.1 db1'])
  expect(events(store).filter(type => type === 'address-held')).toHaveLength(1)
})

it('an address held by one minion is refused to a second, with one event and one entry for the operator', () => {
  const { store } = openFixture()
  store.addresses.take(DB1, '10.0.0.1')

  expect(store.addresses.take(DB2, '10.0.0.1')).toBe(DB1)
  store.addresses.take(DB2, '10.0.0.1')

  expect(held(store)).toEqual(['10.0.0.1 db1'])
  expect(store.addresses.refused()).toMatchObject([{ minion: DB2, address: '10.0.0.1', holder: DB1 }])
  expect(events(store).filter(type => type === 'address-refused')).toHaveLength(1)
})

it('an address stays held when its minion connects from another one', () => {
  const { store } = openFixture()
  store.addresses.take(DB1, '10.0.0.1')
  store.addresses.take(DB1, '10.0.0.9')

  expect(store.addresses.take(DB2, '10.0.0.1')).toBe(DB1)
})

it('a released address is free for another minion, and the log names the operator', () => {
  const { store } = openFixture()
  store.addresses.take(DB1, '10.0.0.1')
  store.addresses.take(DB2, '10.0.0.1')

  expect(store.addresses.release({ address: '10.0.0.1' }, 'anna')).toMatchObject([{ minion: DB1 }])
  expect(store.addresses.refused()).toEqual([])
  expect(store.addresses.take(DB2, '10.0.0.1')).toBe(DB2)
  expect(store.addresses.release({ address: '10.0.0.7' }, 'anna')).toEqual([])
  expect(store.log.read(0, 100).map(({ event }) => event)).toContainEqual({
    type: 'address-released',
    minion: DB1,
    address: '10.0.0.1',
    operator: 'anna',
  })
})

it('releasing a minion releases all of its addresses', () => {
  const { store } = openFixture()
  for (const address of ['10.0.0.1', '10.0.0.2']) store.addresses.take(DB1, address)
  store.addresses.take(DB2, '10.0.0.3')

  store.addresses.release({ minion: DB1 }, 'anna')

  expect(held(store)).toEqual(['10.0.0.3 db2'])
})

it('the addresses of a minion are released when its key is revoked', () => {
  const { store } = openFixture()
  const key = accept(store, DB1)
  accept(store, DB2)
  store.addresses.take(DB1, '10.0.0.1')
  store.addresses.take(DB2, '10.0.0.1')

  store.keys.revoke(DB1, key, 'anna')

  expect(held(store)).toEqual([])
  expect(store.addresses.refused()).toEqual([])
})

it('a minion holds a limited number of addresses and loses the oldest first', () => {
  const fixture = openFixture()
  for (let index = 1; index <= MOST_ADDRESSES + 2; index += 1) {
    fixture.pass(1000)
    fixture.store.addresses.take(DB1, `10.0.0.${index}`)
  }

  expect(fixture.store.addresses.list()).toHaveLength(MOST_ADDRESSES)
  expect(held(fixture.store)).not.toContain('10.0.0.1 db1')
  expect(held(fixture.store)).toContain(`10.0.0.${MOST_ADDRESSES + 2} db1`)
})

it('held addresses are the same after a restart and after a rebuild of all views', () => {
  const fixture = openFixture()
  fixture.store.addresses.take(DB1, '10.0.0.1')
  fixture.store.addresses.take(DB2, '10.0.0.1')
  const store = fixture.reopen()

  expect(held(store)).toEqual(['10.0.0.1 db1'])
  expect(store.rebuildViews()).toEqual([])
  expect(store.addresses.refused()).toHaveLength(1)
})
