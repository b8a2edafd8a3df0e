import { canonicalJson } from '../../../protocol/json.ts'
import type { Projector } from './projector.ts'

/** The outbox: what was queued and is neither there nor given up. */
export const DELIVERIES: Projector = {
  view: 'deliveries',
  apply: ({ db }, { at, event }) => {
    switch (event.type) {
      case 'delivery-queued': {
        const insert = `INSERT INTO deliveries (id, recipient, subject, document, queued_at, give_up_at, next_at)
          VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`
        db.run(insert, event.delivery, event.recipient, event.subject, event.document, at, event.giveUpAt, at)
        return
      }
      case 'delivery-tried': {
        const update = 'UPDATE deliveries SET attempts = attempts + 1, next_at = ?, problem = ? WHERE id = ?'
        db.run(update, event.nextAt, canonicalJson(event.problem), event.delivery)
        return
      }
      case 'delivery-done':
      case 'delivery-failed':
        db.run('DELETE FROM deliveries WHERE id = ?', event.delivery)
    }
  },
}
