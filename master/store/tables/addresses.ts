import type { MinionId } from '../../../protocol/ids.ts'
import type { Db } from '../database.ts'
import type { Projector } from '../log/projector.ts'
import { forgetRevoked } from '../log/projector.ts'
import type { Log } from '../ports.ts'

/** Which minion holds which address. The table refuses an address that another minion holds. */
export const HELD_ADDRESSES: Projector = {
  view: 'held_addresses',
  apply: ({ db }, { at, event }) => {
    switch (event.type) {
      case 'address-held': {
        const insert = `INSERT INTO held_addresses (address, minion, since) VALUES (?, ?, ?)
          ON CONFLICT (address) DO UPDATE SET since = since WHERE minion = excluded.minion`
        db.run(insert, event.address, event.minion, at)
        return
      }
      case 'address-released':
        db.run('DELETE FROM held_addresses WHERE address = ? AND minion = ?', event.address, event.minion)
        return
      case 'key-revoked':
        forgetRevoked(db, 'DELETE FROM held_addresses', 'minion', event.minion)
    }
  },
}

/** Refused addresses that an operator must resolve: a minion is listed until it gets an address or its key is revoked. */
export const REFUSED_ADDRESSES: Projector = {
  view: 'refused_addresses',
  apply: ({ db }, { at, event }) => {
    switch (event.type) {
      case 'address-refused': {
        const upsert = `INSERT INTO refused_addresses (minion, address, holder, at) VALUES (?, ?, ?, ?)
          ON CONFLICT (minion) DO UPDATE SET address = excluded.address, holder = excluded.holder, at = excluded.at`
        db.run(upsert, event.minion, event.address, event.holder, at)
        return
      }
      case 'address-held':
        db.run('DELETE FROM refused_addresses WHERE minion = ?', event.minion)
        return
      case 'address-released':
        // A minion that was refused because of it gets the address at its next connection, so nothing is left to resolve.
        db.run('DELETE FROM refused_addresses WHERE address = ? AND holder = ?', event.address, event.minion)
        return
      case 'key-revoked': {
        forgetRevoked(db, 'DELETE FROM refused_addresses', 'minion', event.minion)
        const nobody = "NOT EXISTS (SELECT 1 FROM keys WHERE minion = ? AND state = 'accepted')"
        db.run(`DELETE FROM refused_addresses WHERE holder = ? AND ${nobody}`, event.minion, event.minion)
      }
    }
  },
}

/** An address held by one minion only, until it is released or the key of the minion is revoked. */
export interface HeldAddress {
  readonly address: string
  readonly minion: MinionId
  /** ISO 8601. */
  readonly since: string
}

/** The last address that a minion connected from but did not get. */
interface RefusedAddress {
  readonly minion: MinionId
  readonly address: string
  readonly holder: MinionId
  /** ISO 8601. */
  readonly at: string
}

/** Addresses from which minions connected, in the form in which they are compared. */
export interface Addresses {
  /** Lists them by address. */
  list(): readonly HeldAddress[]
  /** Lists them by minion. */
  refused(): readonly RefusedAddress[]
  /**
   * Records that the minion connected from this address, and returns its holder. The minion holds the address from now on,
   * unless another minion does: then that one is returned, and an event records it. A second call changes nothing.
   */
  take(minion: MinionId, address: string): MinionId
  /** Records that the minion connected from an address that the inventory gives to another one. A second call changes nothing. */
  refuse(minion: MinionId, address: string, holder: MinionId): void
  /** Releases all addresses of a minion, or one address; returns those that were released. */
  release(of: { readonly minion: MinionId } | { readonly address: string }, operator: string): readonly HeldAddress[]
}

/** Maximum number of addresses that a moving minion holds; beyond it, the one it got first is released. */
export const MOST_ADDRESSES = 8

export function createAddresses({ db, log }: { readonly db: Db; readonly log: Log }): Addresses {
  const holder = (address: string): HeldAddress | undefined => {
    return db.one<HeldAddress>('SELECT * FROM held_addresses WHERE address = ?', address)
  }
  const of = (minion: MinionId): readonly HeldAddress[] => {
    return db.all<HeldAddress>('SELECT * FROM held_addresses WHERE minion = ? ORDER BY since, address', minion)
  }
  const refuse: Addresses['refuse'] = (minion, address, by) => {
    const same = 'SELECT 1 FROM refused_addresses WHERE minion = ? AND address = ? AND holder = ?'
    if (db.one(same, minion, address, by) !== undefined) return
    log.append({ type: 'address-refused', minion, address, holder: by })
  }
  return {
    list: () => db.all<HeldAddress>('SELECT * FROM held_addresses ORDER BY address'),
    refused: () => db.all<RefusedAddress>('SELECT * FROM refused_addresses ORDER BY minion'),
    refuse: (minion, address, by) => db.atomically(() => refuse(minion, address, by)),
    take: (minion, address) =>
      db.atomically(() => {
        const before = holder(address)
        if (before !== undefined && before.minion !== minion) {
          refuse(minion, address, before.minion)
          return before.minion
        }
        const wasRefused = db.one('SELECT 1 FROM refused_addresses WHERE minion = ?', minion) !== undefined
        if (before !== undefined && !wasRefused) return minion
        const [first, ...others] = before === undefined ? of(minion) : []
        if (first !== undefined && others.length + 1 >= MOST_ADDRESSES) {
          log.append({ type: 'address-released', minion, address: first.address })
        }
        log.append({ type: 'address-held', minion, address })
        return minion
      }),
    release: (which, operator) =>
      db.atomically(() => {
        const one = 'address' in which ? holder(which.address) : undefined
        const released = 'minion' in which ? of(which.minion) : one === undefined ? [] : [one]
        for (const { minion, address } of released) log.append({ type: 'address-released', minion, address, operator })
        return released
      }),
  }
}
