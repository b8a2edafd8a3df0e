import type { Problem } from '../../protocol/errors.ts'
import type { JobId } from '../../protocol/ids.ts'
import type { Db } from './database.ts'
import type { FiringId, FiringOrder } from './schedule-events.ts'
import { storedJson } from './stored-json.ts'

/** What is known of a schedule beside what schedule.yml says. */
export interface ScheduleState {
  readonly name: string
  readonly rule: string
  /** Nothing up to here fires any more. */
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

/** A firing that is not over. */
export interface Firing {
  readonly id: FiringId
  readonly schedule: string
  readonly due: string
  readonly state: 'queued' | 'fired'
  readonly order: FiringOrder
  readonly job?: JobId
  /** True: what it has to say is in the outbox. */
  readonly delivered: boolean
}

/** The views of the schedule; what changes them are events of the log. */
export interface Schedules {
  get(name: string): ScheduleState | undefined
  list(): readonly ScheduleState[]
  firing(id: FiringId): Firing | undefined
  /** All that are not over, the oldest first. */
  firings(): readonly Firing[]
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

interface FiringRow {
  readonly id: FiringId
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
    firing: id => {
      const row = db.one<FiringRow>('SELECT * FROM firings WHERE id = ?', id)
      return row === undefined ? undefined : firingOf(row)
    },
    firings: () => db.all<FiringRow>('SELECT * FROM firings ORDER BY due, id').map(firingOf),
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

function firingOf({ orders, job, delivered, ...row }: FiringRow): Firing {
  return {
    ...row,
    order: storedJson<FiringOrder>(orders, 'firings.orders'),
    ...(job === null ? {} : { job }),
    delivered: delivered === 1,
  }
}
