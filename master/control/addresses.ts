import type { MinionId } from '../../protocol/ids.ts'
import { cidrContains, isNetwork, sourceAddress } from '../address/address.ts'
import type { InventoryEntry } from '../fleet/inventory-entry.ts'
import type { Store } from '../store/open.ts'
import type { HeldAddress } from '../store/tables/addresses.ts'
import type { Minion } from '../store/tables/minions.ts'

/** Addresses under which other hosts' files may refer to a minion. */
export interface TrustedAddresses {
  /** Undefined when neither the inventory nor its connection provides one. */
  readonly address: string | undefined
  /** All addresses and networks held for the minion. */
  readonly all: readonly string[]
}

/**
 * Knows which minion has which address: first from the inventory, then from the source of the minion's own connection. Uses the
 * last inventory that was read, so a connection can be checked without reading the fleet.
 */
export class AddressBook {
  readonly #shared: readonly string[]
  #hosts: ReadonlyMap<string, string> = new Map()
  #networks: readonly (readonly [network: string, minion: string])[] = []
  #named: ReadonlySet<string> = new Set()

  /** `shared`: addresses and networks from which several minions connect, such as proxies and NAT routers. */
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

  /** Returns the minion to which the inventory gives this address. */
  ownerOf(address: string): string | undefined {
    const [, minion] = this.#networks.find(([network]) => cidrContains(network, address) === true) ?? []
    return this.#hosts.get(address) ?? minion
  }

  /** True when the inventory lists addresses of this minion; its connection then adds none. */
  names(minion: string): boolean {
    return this.#named.has(minion)
  }

  /** Computes trusted addresses from the inventory, the store, and the last source of the minion's connection. */
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
 * Migrates from a release that held no addresses: each accepted minion holds its last source address, if no other minion had
 * the same. Otherwise the first apply would remove hosts that have not reconnected since from the files of others.
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

/**
 * Records the source of a minion's connection: the minion holds the address from now on, unless it belongs to another one or
 * means nothing.
 */
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
