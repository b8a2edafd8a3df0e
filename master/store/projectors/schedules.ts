import { canonicalJson } from '../../../protocol/json.ts'
import type { Db } from '../database.ts'
import type { EventOf } from '../events.ts'
import type { Projector } from './projector.ts'

/** What each schedule has claimed, when it runs next, and what came of it last. A removed one keeps what it claimed. */
export const SCHEDULES: Projector = {
  view: 'schedules',
  apply: ({ db }, { at, event }) => {
    switch (event.type) {
      case 'schedule-set':
        return set(db, event)
      case 'schedule-removed':
        db.run('UPDATE schedules SET removed_at = ?, next_at = NULL WHERE name = ?', at, event.schedule)
        return
      case 'schedule-queued':
      case 'schedule-skipped':
        return claimed(db, event.schedule, 'until' in event ? (event.until ?? event.due) : event.due, event.next)
      case 'schedule-fired':
        if (event.operator === undefined) claimed(db, event.schedule, event.due, event.next)
        return fired(db, event.schedule, event.due, at)
      case 'schedule-paused':
        db.run('UPDATE schedules SET paused_at = ?, paused_by = ? WHERE name = ?', at, event.operator, event.schedule)
        return
      case 'schedule-resumed':
        db.run('UPDATE schedules SET paused_at = NULL, paused_by = NULL WHERE name = ?', event.schedule)
        return claimed(db, event.schedule, at, event.next)
      case 'schedule-ended': {
        // Where several may work at once an earlier one says nothing about the last.
        const update = `UPDATE schedules SET last_outcome = ?, last_job = ?, last_problem = ?
          WHERE name = ? AND ? = name || '@' || last_due`
        const problem = event.problem === undefined ? null : canonicalJson(event.problem)
        db.run(update, event.outcome, event.job ?? null, problem, event.schedule, event.firing)
      }
    }
  },
}

/** Nothing has come of it yet: what came of the one before is in the log. */
function fired(db: Db, name: string, due: string, at: string): void {
  const update = `UPDATE schedules SET last_due = ?, last_fired_at = ?, last_outcome = NULL, last_job = NULL,
    last_problem = NULL WHERE name = ?`
  db.run(update, due, at, name)
}

function set(db: Db, { schedule, rule, since, next, clock }: EventOf<'schedule-set'>): void {
  if (clock === 'back') db.run('UPDATE schedules SET claimed_until = ? WHERE name = ?', since, schedule)
  const upsert = `INSERT INTO schedules (name, rule, claimed_until, next_at) VALUES (?, ?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET rule = excluded.rule, next_at = excluded.next_at, removed_at = NULL,
    claimed_until = max(claimed_until, excluded.claimed_until)`
  db.run(upsert, schedule, rule, since, next ?? null)
}

/** ISO times of one length sort as text. */
function claimed(db: Db, name: string, until: string, next: string | undefined): void {
  const update = 'UPDATE schedules SET claimed_until = max(claimed_until, ?), next_at = ? WHERE name = ?'
  db.run(update, until, next ?? null, name)
}
