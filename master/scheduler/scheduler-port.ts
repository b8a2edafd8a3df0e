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

/** The schedule in force, with the state of each entry. */
interface ScheduleLook {
  readonly entries: readonly { readonly entry: ScheduleEntry; readonly state: ScheduleState }[]
  /** Why the current schedule.yml is not in force. */
  readonly problems: readonly Problem[]
}

/** Starts scheduled runs that are due. All of its state is in the store, so it can stop and start at any moment. */
export interface Scheduler {
  /**
   * Resumes what an earlier master or a full disk left unfinished, then claims and starts what is due. Never throws; with a
   * broken schedule.yml, the last valid one stays in force.
   */
  tick(): Promise<void>
  /**
   * Starts a scheduled run now and waits for its end; undefined when the master stops. Throws SCHEDULE_UNKNOWN, SCHEDULE_BUSY.
   */
  run(
    name: string,
    operator: string,
  ): Promise<{ readonly scheduledRun: ScheduledRunId; readonly end: ScheduledRunEnd | undefined }>
  pause(name: string, operator: string): Promise<void>
  /** Resumes a schedule. Runs that came due while it was paused do not start. */
  resume(name: string, operator: string): Promise<void>
  look(): Promise<ScheduleLook>
  /** Resolves when nothing is in progress; the signal of `carryOut` must have been aborted. */
  idle(): Promise<void>
}
