import type { Problem } from '../../../protocol/errors.ts'
import type { Missed, Overlap, ScheduledVerb } from '../../schedule/entry.ts'

/** The shapes of the schedule verbs: only ever added to. Times are ISO 8601, in UTC. */

export interface ScheduleRow {
  readonly schedule: string
  readonly cron: string
  readonly timezone: string
  readonly verb: ScheduledVerb
  readonly target: string
  readonly splayMs: number
  readonly overlap: Overlap
  readonly missed: Missed
  readonly withinMs: number
  readonly recipients: readonly string[]
  readonly state: 'on' | 'off' | 'paused' | 'working'
  /** Absent when it is off or paused. */
  readonly next?: string
  readonly paused?: { readonly at: string; readonly by: string }
  readonly last?: {
    readonly due: string
    readonly firedAt: string
    /** Absent while it works. */
    readonly outcome?: 'done' | 'failed'
    readonly job?: string
    readonly problem?: Problem
  }
}

/** A document on its way, and why it is not there yet. */
export interface DeliveryRow {
  readonly delivery: string
  readonly recipient: string
  readonly subject: string
  readonly queuedAt: string
  readonly nextAt: string
  readonly attempts: number
  readonly problem?: Problem
}

export interface ScheduleListResult {
  readonly schedules: readonly ScheduleRow[]
  /** Why schedule.yml, as it stands now, is not in force: `schedules` are those of the last good one. */
  readonly problems: readonly Problem[]
  readonly deliveries: readonly DeliveryRow[]
}

export interface NextRun {
  readonly schedule: string
  readonly at: string
  /** The same moment as clocks of the schedule's zone show it. */
  readonly local: string
  readonly timezone: string
}

export interface ScheduleRunResult {
  readonly schedule: string
  readonly firing: string
  readonly outcome: 'done' | 'failed'
  readonly job?: string
  readonly problem?: Problem
}

export interface SchedulePauseResult {
  readonly schedule: string
  readonly paused: boolean
}
