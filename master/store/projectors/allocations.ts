import { canonicalJson } from '../../../protocol/json.ts'
import type { Projector } from './projector.ts'

/** Who holds what. The table refuses a value that another one holds. */
export const ALLOCATIONS: Projector = {
  view: 'held_leases',
  apply: ({ db }, { at, event }) => {
    switch (event.type) {
      case 'lease-granted': {
        const insert = 'INSERT INTO held_leases (lease, minion, value, since) VALUES (?, ?, ?, ?)'
        db.run(insert, event.lease, event.minion, canonicalJson(event.value), at)
        return
      }
      case 'lease-moved': {
        const update = 'UPDATE held_leases SET minion = ?, since = ? WHERE lease = ? AND minion = ?'
        db.run(update, event.minion, at, event.lease, event.from)
        return
      }
      case 'lease-released':
        db.run('DELETE FROM held_leases WHERE lease = ? AND minion = ?', event.lease, event.minion)
    }
  },
}
