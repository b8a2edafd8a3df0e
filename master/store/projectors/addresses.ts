import { forgetRevoked } from './forget-revoked.ts'
import type { Projector } from './projector.ts'

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
