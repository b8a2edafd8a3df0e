import type { MinionId } from '../../../protocol/ids.ts'
import type { Db } from '../database.ts'
import type { Projector } from '../log/projector.ts'
import { forgetRevoked } from '../log/projector.ts'
import type { Log } from '../ports.ts'

/** Who holds which address. The table refuses an address that another one holds. */
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

/** Whom the operator has to look at: a minion is here until it gets an address, or its key is revoked. */
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
        // Whoever was refused because of it gets it at its next connection; nothing is wrong any more.
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

/** An address that only this minion has, until its key is revoked or somebody releases it. */
export interface HeldAddress {
  readonly address: string
  readonly minion: MinionId
  /** ISO 8601. */
  readonly since: string
}

/** The last address that a minion connected from and did not get. */
interface RefusedAddress {
  readonly minion: MinionId
  readonly address: string
  readonly holder: MinionId
  /** ISO 8601. */
  readonly at: string
}

/** Addresses from which minions connected, in the form in which they are compared. */
export interface Addresses {
  /** By address. */
  list(): readonly HeldAddress[]
  /** By minion. */
  refused(): readonly RefusedAddress[]
  /**
   * The minion connected from this address. It holds the address from now on, unless another minion does: then that one is
   * returned, and an event records it. A second call changes nothing.
   */
  take(minion: MinionId, address: string): MinionId
  /** The minion connected from an address that the inventory gives to another one. Again is nothing. */
  refuse(minion: MinionId, address: string, holder: MinionId): void
  /** Of one minion all, or one address; those that were released. */
  release(of: { readonly minion: MinionId } | { readonly address: string }, operator: string): readonly HeldAddress[]
}

/** A minion that moves holds the last so many; the one it got first is released then. */
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
