import type { MinionId } from '../../protocol/ids.ts'
import { cidrContains, isNetwork, sourceAddress } from '../address/address.ts'
import type { InventoryEntry } from '../fleet/inventory-entry.ts'
import type { Store } from '../store/open.ts'
import type { HeldAddress } from '../store/tables/addresses.ts'
import type { Minion } from '../store/tables/minions.ts'

/** What a minion may be called in the files of others. */
export interface TrustedAddresses {
  /** undefined: neither the inventory nor its connection gives it one. */
  readonly address: string | undefined
  /** All addresses and networks that are held for it. */
  readonly all: readonly string[]
}

/**
 * Who has which address: the inventory's word first, then the source of the minion's own connection. The inventory is the
 * one that was read last, so that a connection can be judged without reading the fleet.
 */
export class AddressBook {
  readonly #shared: readonly string[]
  #hosts: ReadonlyMap<string, string> = new Map()
  #networks: readonly (readonly [network: string, minion: string])[] = []
  #named: ReadonlySet<string> = new Set()

  /** Addresses and networks from which several minions connect: proxies, and routers that translate addresses. */
  constructor(shared: readonly string[]) {
    this.#shared = shared
  }

  learn(inventory: readonly Pick<InventoryEntry, 'pattern' | 'addresses'>[]): void {
    const pairs = inventory.flatMap(({ pattern, addresses }) => addresses.map(one => [one, pattern] as const))
    this.#hosts = new Map(pairs.filter(([address]) => !isNetwork(address)))
    this.#networks = pairs.filter(([address]) => isNetwork(address))
    this.#named = new Set(pairs.map(([, minion]) => minion))
  }

  isShared(address: string): boolean {
    return this.#shared.some(network => cidrContains(network, address) === true)
  }

  /** The minion that the inventory gives this address to. */
  ownerOf(address: string): string | undefined {
    const [, minion] = this.#networks.find(([network]) => cidrContains(network, address) === true) ?? []
    return this.#hosts.get(address) ?? minion
  }

  /** True when the inventory names addresses of this minion: then its connection gives it none. */
  names(minion: string): boolean {
    return this.#named.has(minion)
  }

  /** By the inventory's word for the minion, the store, and the address it connected from last. */
  trusted(
    id: MinionId,
    named: readonly string[],
    held: readonly HeldAddress[],
    known: Pick<Minion, 'address'> | undefined,
  ): TrustedAddresses {
    if (named.length > 0) return { address: named.find(one => !isNetwork(one)), all: named }
    const all = held
      .map(({ address }) => address)
      .filter(address => !this.isShared(address) && [undefined, id].includes(this.ownerOf(address) as MinionId))
    const source = known?.address === undefined ? undefined : sourceAddress(known.address)
    return { address: source !== undefined && all.includes(source) ? source : undefined, all }
  }
}

/**
 * After an upgrade from a release that held no addresses: each accepted minion holds the one it connected from last, where no
 * other did. Without it the first apply would leave every host out of the files of the others that has not connected since.
 */
export function takeKnownAddresses(parts: {
  readonly store: Pick<Store, 'addresses' | 'minions'>
  readonly addresses: AddressBook
}): void {
  const { store } = parts
  if (store.addresses.list().length > 0 || store.addresses.refused().length > 0) return
  const known = store.minions.list().filter(({ address }) => address !== undefined)
  const times = Map.groupBy(known, ({ address }) => sourceAddress(address ?? ''))
  for (const { id, address } of known) {
    if (address !== undefined && times.get(sourceAddress(address))?.length === 1) takeAddress(parts, id, address)
  }
}

/** A minion said hello from here: it holds the address from now on, unless that is another one's or means nothing. */
export function takeAddress(
  { store, addresses }: { readonly store: Pick<Store, 'addresses'>; readonly addresses: AddressBook },
  minion: MinionId,
  from: string,
): void {
  const source = sourceAddress(from)
  if (source === undefined || addresses.isShared(source)) return
  const owner = addresses.ownerOf(source)
  if (owner !== undefined && owner !== minion) store.addresses.refuse(minion, source, owner as MinionId)
  else if (!addresses.names(minion)) store.addresses.take(minion, source)
}
