import type { Problem } from '../../protocol/errors.ts'
import type { JobId } from '../../protocol/ids.ts'
import type { ScheduleEntry } from '../schedule/entry.ts'
import type { ScheduledRunId } from '../store/log/schedule-events.ts'
import type { ScheduleState } from '../store/tables/schedules.ts'

/** How a scheduled run ended. */
export interface ScheduledRunEnd {
  readonly outcome: 'done' | 'failed'
  readonly job?: JobId
  readonly problem?: Problem
}

/** The schedule that is in force, with what is known of each entry. */
interface ScheduleLook {
  readonly entries: readonly { readonly entry: ScheduleEntry; readonly state: ScheduleState }[]
  /** Why schedule.yml, as it stands now, is not it. */
  readonly problems: readonly Problem[]
}

/** Fires what is due. All that it knows is in the store, so that it can die and start at any moment. */
export interface Scheduler {
  /**
   * Takes up what was left unfinished, by a master before or for want of room on the disk, then looks what is due, claims
   * it and begins it. Never throws; a broken schedule.yml leaves the last good one in force.
   */
  tick(): Promise<void>
  /** Fires it now and waits for its end; SCHEDULE_UNKNOWN, SCHEDULE_BUSY. undefined: the master stops. */
  run(
    name: string,
    operator: string,
  ): Promise<{ readonly scheduledRun: ScheduledRunId; readonly end: ScheduledRunEnd | undefined }>
  pause(name: string, operator: string): Promise<void>
  /** What came due while it was paused does not fire. */
  resume(name: string, operator: string): Promise<void>
  look(): Promise<ScheduleLook>
  /** Resolves when nothing works any more; the signal of `carryOut` must have been aborted. */
  idle(): Promise<void>
}
