import { canonicalJson } from '../../../protocol/json.ts'
import type { Db } from '../database.ts'
import type { EventOf } from '../events.ts'
import type { Projector } from './projector.ts'

/** Firings that were claimed and are not over. The job that a firing ordered says so itself, in its options. */
export const FIRINGS: Projector = {
  view: 'firings',
  apply: ({ db }, { event }) => {
    switch (event.type) {
      case 'schedule-queued':
        return claimed(db, event, 'queued')
      case 'schedule-fired':
        return claimed(db, event, 'fired')
      case 'job-ordered': {
        const { firing } = event.options
        if (typeof firing === 'string') db.run('UPDATE firings SET job = ? WHERE id = ?', event.job, firing)
        return
      }
      case 'delivery-queued':
        if (event.firing !== undefined) db.run('UPDATE firings SET delivered = 1 WHERE id = ?', event.firing)
        return
      case 'schedule-skipped':
        if (event.firing !== undefined) db.run('DELETE FROM firings WHERE id = ?', event.firing)
        return
      case 'schedule-ended':
        db.run('DELETE FROM firings WHERE id = ?', event.firing)
    }
  },
}

function claimed(db: Db, event: EventOf<'schedule-queued' | 'schedule-fired'>, state: 'queued' | 'fired'): void {
  const upsert = `INSERT INTO firings (id, schedule, due, state, orders) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET state = excluded.state, orders = excluded.orders`
  db.run(upsert, event.firing, event.schedule, event.due, state, canonicalJson(event.order))
}
