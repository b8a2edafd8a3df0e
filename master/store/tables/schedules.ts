import type { Problem } from '../../../protocol/errors.ts'
import type { JobId } from '../../../protocol/ids.ts'
import { canonicalJson } from '../../../protocol/json.ts'
import type { Db } from '../database.ts'
import type { EventOf } from '../log/events.ts'
import type { Projector } from '../log/projector.ts'
import type { ScheduledRunId, ScheduledRunOrder } from '../log/schedule-events.ts'
import { storedJson } from '../stored-json.ts'

/** What each schedule has claimed, when it runs next, and its last result. A removed schedule keeps its claims. */
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
        // Where several may run at once, the end of an earlier one is not the last result.
        const update = `UPDATE schedules SET last_outcome = ?, last_job = ?, last_problem = ?
          WHERE name = ? AND ? = name || '@' || last_due`
        const problem = event.problem === undefined ? null : canonicalJson(event.problem)
        db.run(update, event.outcome, event.job ?? null, problem, event.schedule, event.firing)
      }
    }
  },
}

/** Clears the last result, because the new run has none yet; the log still has the earlier one. */
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

/** Extends what is claimed. ISO times of one length sort as text. */
function claimed(db: Db, name: string, until: string, next: string | undefined): void {
  const update = 'UPDATE schedules SET claimed_until = max(claimed_until, ?), next_at = ? WHERE name = ?'
  db.run(update, until, next ?? null, name)
}

/** Scheduled runs that were claimed and are unfinished. The job that a scheduled run ordered names it in its options. */
export const SCHEDULED_RUNS: Projector = {
  view: 'firings',
  apply: ({ db }, { event }) => {
    switch (event.type) {
      case 'schedule-queued':
        return claimScheduledRun(db, event, 'queued')
      case 'schedule-fired':
        return claimScheduledRun(db, event, 'fired')
      case 'job-ordered': {
        const { firing: scheduledRun } = event.options
        if (typeof scheduledRun === 'string') db.run('UPDATE firings SET job = ? WHERE id = ?', event.job, scheduledRun)
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

function claimScheduledRun(
  db: Db,
  event: EventOf<'schedule-queued' | 'schedule-fired'>,
  state: 'queued' | 'fired',
): void {
  const upsert = `INSERT INTO firings (id, schedule, due, state, orders) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET state = excluded.state, orders = excluded.orders`
  db.run(upsert, event.firing, event.schedule, event.due, state, canonicalJson(event.order))
}

/** What is known about a schedule, besides schedule.yml. */
export interface ScheduleState {
  readonly name: string
  readonly rule: string
  /** Nothing up to this time fires any more. */
  readonly claimedUntil: string
  readonly nextAt?: string
  readonly pausedAt?: string
  readonly pausedBy?: string
  readonly removedAt?: string
  readonly lastDue?: string
  readonly lastFiredAt?: string
  readonly lastOutcome?: 'done' | 'failed'
  readonly lastJob?: JobId
  readonly lastProblem?: Problem
}

/** An unfinished scheduled run. */
export interface ScheduledRun {
  readonly id: ScheduledRunId
  readonly schedule: string
  readonly due: string
  readonly state: 'queued' | 'fired'
  readonly order: ScheduledRunOrder
  readonly job?: JobId
  /** True: its message is in the outbox. */
  readonly delivered: boolean
}

/** The views of the schedule; only events of the log change them. */
export interface Schedules {
  get(name: string): ScheduleState | undefined
  list(): readonly ScheduleState[]
  scheduledRun(id: ScheduledRunId): ScheduledRun | undefined
  /** Lists the unfinished ones, oldest first. */
  scheduledRuns(): readonly ScheduledRun[]
}

interface StateRow {
  readonly name: string
  readonly rule: string
  readonly claimed_until: string
  readonly next_at: string | null
  readonly paused_at: string | null
  readonly paused_by: string | null
  readonly removed_at: string | null
  readonly last_due: string | null
  readonly last_fired_at: string | null
  readonly last_outcome: 'done' | 'failed' | null
  readonly last_job: JobId | null
  readonly last_problem: string | null
}

interface ScheduledRunRow {
  readonly id: ScheduledRunId
  readonly schedule: string
  readonly due: string
  readonly state: 'queued' | 'fired'
  readonly orders: string
  readonly job: JobId | null
  readonly delivered: number
}

export function createSchedules(db: Db): Schedules {
  return {
    get: name => {
      const row = db.one<StateRow>('SELECT * FROM schedules WHERE name = ?', name)
      return row === undefined ? undefined : stateOf(row)
    },
    list: () => db.all<StateRow>('SELECT * FROM schedules ORDER BY name').map(stateOf),
    scheduledRun: id => {
      const row = db.one<ScheduledRunRow>('SELECT * FROM firings WHERE id = ?', id)
      return row === undefined ? undefined : scheduledRunOf(row)
    },
    scheduledRuns: () => db.all<ScheduledRunRow>('SELECT * FROM firings ORDER BY due, id').map(scheduledRunOf),
  }
}

function stateOf(row: StateRow): ScheduleState {
  return {
    name: row.name,
    rule: row.rule,
    claimedUntil: row.claimed_until,
    ...(row.next_at === null ? {} : { nextAt: row.next_at }),
    ...(row.paused_at === null ? {} : { pausedAt: row.paused_at }),
    ...(row.paused_by === null ? {} : { pausedBy: row.paused_by }),
    ...(row.removed_at === null ? {} : { removedAt: row.removed_at }),
    ...(row.last_due === null ? {} : { lastDue: row.last_due }),
    ...(row.last_fired_at === null ? {} : { lastFiredAt: row.last_fired_at }),
    ...(row.last_outcome === null ? {} : { lastOutcome: row.last_outcome }),
    ...(row.last_job === null ? {} : { lastJob: row.last_job }),
    ...(row.last_problem === null
      ? {}
      : { lastProblem: storedJson<Problem>(row.last_problem, 'schedules.last_problem') }),
  }
}

function scheduledRunOf({ orders, job, delivered, ...row }: ScheduledRunRow): ScheduledRun {
  return {
    ...row,
    order: storedJson<ScheduledRunOrder>(orders, 'firings.orders'),
    ...(job === null ? {} : { job }),
    delivered: delivered === 1,
  }
}
