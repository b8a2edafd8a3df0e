import { describe, expect, it } from 'vitest'
import { AddressBook, takeAddress, takeKnownAddresses } from '../../../master/control/addresses.ts'
import type { HeldAddress } from '../../../master/store/tables/addresses.ts'
import type { Minion } from '../../../master/store/tables/minions.ts'
import { addressReleaseVerb } from '../../../master/verbs/address.ts'
import { rememberSources } from '../../../master/wiring/known-sources.ts'
import { whereRoom } from '../../../master/wiring/where-room.ts'
import { AppError } from '../../../protocol/errors.ts'
import type { MinionId } from '../../../protocol/ids.ts'
import { runVerb } from '../run-verb.ts'
import { openFixture } from '../store/fixture.ts'
import { START } from '../store/rows.ts'

const DAY_MS = 24 * 3_600_000
const [DB1, DB2] = ['db1' as MinionId, 'db2' as MinionId]
const holds = (...addresses: readonly string[]): readonly HeldAddress[] => {
  return addresses.map(address => ({ address, minion: DB1, since: '' }))
}

it('the trusted address of a minion is the one in the inventory, wherever it connects from', () => {
  const book = new AddressBook([])

  expect(book.trusted(DB1, ['10.9.9.9', '10.8.0.0/16'], holds('10.0.0.1'), { address: '10.0.0.1' })).toEqual({
    address: '10.9.9.9',
    all: ['10.9.9.9', '10.8.0.0/16'],
  })
})

it('the trusted address of a minion not in the inventory is its connection source, if it holds that address', () => {
  const book = new AddressBook([])

  expect(book.trusted(DB1, [], holds('10.0.0.1'), { address: '::ffff:10.0.0.1' }).address).toBe('10.0.0.1')
  expect(book.trusted(DB1, [], [], { address: '10.0.0.1' }).address).toBeUndefined()
  expect(book.trusted(DB1, [], [], undefined).address).toBeUndefined()
})

it('a minion has no trusted address behind a shared proxy or router, even if it held the address before', () => {
  const book = new AddressBook(['10.0.0.0/24'])

  expect(book.trusted(DB1, [], holds('10.0.0.1'), { address: '10.0.0.1' })).toEqual({ address: undefined, all: [] })
})

it('a minion has no trusted address when the inventory assigns the address to another minion', () => {
  const book = new AddressBook([])
  book.learn([{ pattern: 'db2', addresses: ['10.0.0.1', '10.7.0.0/16'] }])

  expect(book.trusted(DB1, [], holds('10.0.0.1', '10.7.1.1'), { address: '10.0.0.1' })).toEqual({
    address: undefined,
    all: [],
  })
})

const minion = (id: MinionId, address: string) => ({ id, address }) as Minion

it('after an upgrade each minion gets the address it last connected from, unless another minion used it too', () => {
  const { store } = openFixture()
  const web = 'web1' as MinionId
  const known = [minion(DB1, '10.0.0.1'), minion(DB2, '::ffff:10.0.0.2'), minion(web, '10.0.0.2')]

  takeKnownAddresses({
    store: { addresses: store.addresses, minions: { ...store.minions, list: () => known } },
    addresses: new AddressBook([]),
  })

  expect(store.addresses.list()).toMatchObject([{ address: '10.0.0.1', minion: DB1 }])
})

it('after an upgrade no address is assigned if any is held already', () => {
  const { store } = openFixture()
  store.addresses.take(DB2, '10.0.0.2')
  const minions = { ...store.minions, list: () => [minion(DB1, '10.0.0.1')] }

  takeKnownAddresses({ store: { addresses: store.addresses, minions }, addresses: new AddressBook([]) })

  expect(store.addresses.list()).toHaveLength(1)
})

it('after an upgrade the connection sources of accepted minions from the last 30 days count as proven', () => {
  const { store } = openFixture()
  const seen = (days: number): string => new Date(START - days * 24 * 3_600_000).toISOString()
  const known = [
    { ...minion(DB1, '::ffff:10.0.0.1'), fingerprint: 'SHA256:a', lastSeenAt: seen(29) },
    { ...minion(DB2, '10.0.0.2'), fingerprint: 'SHA256:b', lastSeenAt: seen(31) },
    { ...minion('web1' as MinionId, '10.0.0.3'), lastSeenAt: seen(1) },
  ] as Minion[]
  const minions = { ...store.minions, list: () => known }

  rememberSources({ ...store, minions }, START)
  expect(['10.0.0.1', '10.0.0.2', '10.0.0.3'].map(one => store.sources.isKnown(one))).toEqual([true, false, false])

  rememberSources(
    { ...store, minions: { ...minions, list: () => [{ ...known[0], address: '10.0.0.9' } as Minion] } },
    START,
  )
  expect(store.sources.isKnown('10.0.0.9')).toBe(false)
})

it('after an upgrade a source expires by its last use, not 30 days after the upgrade', () => {
  const { store, pass } = openFixture()
  const known = [{ ...minion(DB1, '10.0.0.1'), fingerprint: 'SHA256:a', lastSeenAt: new Date(START).toISOString() }]
  pass(20 * DAY_MS)

  rememberSources({ ...store, minions: { ...store.minions, list: () => known as Minion[] } }, START + 20 * DAY_MS)
  expect(store.sources.isKnown('10.0.0.1')).toBe(true)
  pass(11 * DAY_MS)
  expect(store.sources.isKnown('10.0.0.1')).toBe(false)
})

it('after an upgrade either all or no sources are recorded, so that the next start can retry', () => {
  const { store } = openFixture()
  const lastSeenAt = new Date(START).toISOString()
  const known = [DB1, DB2].map((id, n) => ({ ...minion(id, `10.0.0.${n}`), fingerprint: 'SHA256:a', lastSeenAt }))
  const full = new AppError({ code: 'STORE_FULL', message: 'the disk is full' })
  const sources = {
    ...store.sources,
    proved: (...words: Parameters<typeof store.sources.proved>) => {
      if (words[1] === DB2) throw full
      store.sources.proved(...words)
    },
  }
  const warned: string[] = []

  whereRoom(
    message => warned.push(message),
    () => rememberSources({ ...store, sources, minions: { ...store.minions, list: () => known as Minion[] } }, START),
  )
  expect(store.sources.isEmpty()).toBe(true)
  expect(warned).toEqual([expect.stringContaining('disk is too full')])
  expect(() =>
    whereRoom(
      message => warned.push(message),
      () => {
        throw new TypeError('a bug')
      },
    ),
  ).toThrow('a bug')
})

describe('an address that an operator releases', () => {
  /** DB1 holds 10.0.0.1 and an older address, DB2 was refused 10.0.0.1; `from`: source addresses of online minions. */
  const release = async (
    of: string,
    from: { readonly [id: string]: string },
    { shared = [], inventory = {} }: { shared?: readonly string[]; inventory?: { readonly [id: string]: string } } = {},
  ) => {
    const { store } = openFixture()
    const before = new AddressBook([])
    const addresses = new AddressBook(shared)
    addresses.learn(Object.entries(inventory).map(([pattern, address]) => ({ pattern, addresses: [address] })))
    // Unreadable files: the inventory that was read last counts.
    const snapshots = { read: () => Promise.reject(new AppError({ code: 'FLEET_INVALID', message: 'broken' })) }
    for (const source of ['10.0.0.7', '10.0.0.1']) takeAddress({ store, addresses: before }, DB1, source)
    takeAddress({ store, addresses: before }, DB2, '10.0.0.1')
    const minions = { ...store.minions, get: (id: MinionId) => minion(id, from[id] ?? '') }
    const links = { isOnline: (id: MinionId) => from[id] !== undefined }
    const context = { store: { ...store, addresses: store.addresses, minions }, links, addresses, snapshots } as never
    const { released, inUse } = await runVerb(addressReleaseVerb, context, { of })
    return { released, inUse, held: store.addresses.list().map(({ address, minion: id }) => [address, id]) }
  }

  it('an address is not released while its holder is connected from it, because it would be taken again', async () => {
    await expect(release('10.0.0.1', { [DB1]: '::ffff:10.0.0.1' })).rejects.toMatchObject({
      problems: [{ code: 'ADDRESS_IN_USE', hint: expect.stringContaining('db1: {address: 10.0.0.1}') }],
    })
    expect((await release(DB1, { [DB1]: '10.0.0.1' })).held).toEqual([['10.0.0.1', DB1]])
  })

  it('a release of all addresses of a minion also lists those still in use', async () => {
    expect(await release(DB1, { [DB1]: '10.0.0.1' })).toMatchObject({
      released: [{ address: '10.0.0.7', minion: DB1 }],
      inUse: [{ address: '10.0.0.1', minion: DB1 }],
    })
    expect((await release(DB1, {})).inUse).toBeUndefined()
  })

  it('an address in use is released when it would not be held again because it is shared or in the inventory', async () => {
    const from = { [DB1]: '10.0.0.1', [DB2]: '10.0.0.1' }

    expect((await release('10.0.0.1', from, { shared: ['10.0.0.1/32'] })).held).toEqual([['10.0.0.7', DB1]])
    expect((await release(DB1, from, { inventory: { [DB1]: '10.5.0.1', [DB2]: '10.5.0.2' } })).held).toEqual([])
    expect((await release('10.0.0.1', from, { inventory: { [DB2]: '10.0.0.1' } })).held).toEqual([['10.0.0.7', DB1]])
  })

  it('a released address goes to the minion that was refused it only if that one is connected from it now', async () => {
    expect((await release('10.0.0.1', { [DB2]: '10.9.9.9' })).held).toEqual([['10.0.0.7', DB1]])
    expect((await release('10.0.0.1', { [DB2]: '10.0.0.1' })).held).toEqual([
      ['10.0.0.1', DB2],
      ['10.0.0.7', DB1],
    ])
  })
})

describe('a minion that says hello', () => {
  const taken = (shared: readonly string[], from: string, inventory: { readonly [id: string]: string } = {}) => {
    const { store } = openFixture()
    const addresses = new AddressBook(shared)
    addresses.learn(Object.entries(inventory).map(([pattern, address]) => ({ pattern, addresses: [address] })))
    takeAddress({ store, addresses }, DB1, from)
    return {
      held: store.addresses.list().map(({ address }) => address),
      refused: store.addresses.refused().map(({ holder }) => holder),
    }
  }

  it('a minion holds the address that it connects from', () => {
    expect(taken([], '::ffff:10.0.0.1')).toEqual({ held: ['10.0.0.1'], refused: [] })
  })

  it.each(['127.0.0.1', '10.1.2.3'])(
    'a minion holds no address when it connects from %s, which is loopback or shared',
    from => {
      expect(taken(['10.1.0.0/16'], from)).toEqual({ held: [], refused: [] })
    },
  )

  it('a minion holds no connection address when the inventory sets its address', () => {
    expect(taken([], '10.0.0.1', { db1: '10.9.9.9' })).toEqual({ held: [], refused: [] })
  })

  it('a minion is refused an address that the inventory assigns to another minion, with an event', () => {
    expect(taken([], '10.0.0.1', { db2: '10.0.0.1' })).toEqual({ held: [], refused: [DB2] })
  })
})
