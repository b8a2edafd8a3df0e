import { z } from 'zod'
import type { Problem } from '../../protocol/errors.ts'
import { AppError } from '../../protocol/errors.ts'
import { pickMinions } from '../access/pick.ts'
import { rightDenied } from '../access/right-denied.ts'
import { nextRuns } from '../schedule/cron.ts'
import type { Missed, Overlap, ScheduledVerb, ScheduleEntry } from '../schedule/entry.ts'
import { unknownSchedule } from '../scheduler/scheduler.ts'
import type { ScheduleState } from '../store/tables/schedules.ts'
import { defineVerb } from './define.ts'
import { name } from './fields.ts'

/** Verbs for schedule.yml and its results. */

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
    /** Absent while it is in progress. */
    readonly outcome?: 'done' | 'failed'
    readonly job?: string
    readonly problem?: Problem
  }
}

/** A pending delivery, and why it has not succeeded yet. */
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
  /** Why the current schedule.yml is not in force: `schedules` are those of the last valid one. */
  readonly problems: readonly Problem[]
  readonly deliveries: readonly DeliveryRow[]
}

export interface NextRun {
  readonly schedule: string
  readonly at: string
  /** The same time on clocks in the schedule's zone. */
  readonly local: string
  readonly timezone: string
}

export interface ScheduleRunResult {
  readonly schedule: string
  readonly scheduledRun: string
  readonly outcome: 'done' | 'failed'
  readonly job?: string
  readonly problem?: Problem
}

export interface SchedulePauseResult {
  readonly schedule: string
  readonly paused: boolean
}

const scheduleListVerb = defineVerb({
  name: 'schedule-list',
  input: z.strictObject({}),
  right: { on: 'fleet', kind: 'read' },
  async run({ scheduler, store }): Promise<ScheduleListResult> {
    const { entries, problems } = await scheduler.look()
    const working = new Set(store.schedules.scheduledRuns().map(({ schedule }) => schedule))
    const schedules = entries.map(one => rowOf(one.entry, one.state, working.has(one.entry.name)))
    const deliveries = store.deliveries.list().map((one): DeliveryRow => {
      const { id, recipient, subject, queuedAt, nextAt, attempts, problem } = one
      const because = problem === undefined ? {} : { problem }
      return { delivery: id, recipient, subject, queuedAt, nextAt, attempts, ...because }
    })
    return { schedules, problems, deliveries }
  },
})

/** Lists the next runs of one schedule or of all, in order of time. */
const scheduleNextVerb = defineVerb({
  name: 'schedule-next',
  input: z.strictObject({ schedule: name.optional(), count: z.number().int().min(1).max(1000).default(5) }),
  right: { on: 'fleet', kind: 'read' },
  async run({ scheduler, now }, { schedule, count }): Promise<{ readonly runs: readonly NextRun[] }> {
    const { entries } = await scheduler.look()
    const names = entries.map(({ entry }) => entry.name)
    if (schedule !== undefined && !names.includes(schedule)) throw unknownSchedule(schedule, names)
    const runs = entries
      .filter(({ entry, state }) => entry.enabled && state.pausedAt === undefined)
      .filter(({ entry }) => schedule === undefined || entry.name === schedule)
      .flatMap(({ entry, state }) => {
        const after = Math.max(now(), Date.parse(state.claimedUntil))
        return nextRuns(entry, after, count).map(at => ({ entry, at }))
      })
      .sort((a, b) => a.at - b.at)
    return {
      runs: runs.slice(0, count).map(({ entry, at }) => ({
        schedule: entry.name,
        at: new Date(at).toISOString(),
        local: localTime(at, entry.timezone),
        timezone: entry.timezone,
      })),
    }
  },
})

/** Starts a scheduled run now; the caller must have the rights to do themselves what it does. */
const scheduleRunVerb = defineVerb({
  name: 'schedule-run',
  input: z.strictObject({ schedule: name }),
  right: { on: 'fleet', kind: 'write' },
  async run(context, { schedule }, { caller }): Promise<ScheduleRunResult> {
    const { scheduler } = context
    const entry = (await scheduler.look()).entries.find(one => one.entry.name === schedule)?.entry
    if (entry !== undefined) {
      if (!caller.rights.allows(entry.verb)) throw rightDenied(caller, entry.verb, [])
      await pickMinions(context, caller, entry.verb, entry.target)
    }
    const { scheduledRun, end } = await scheduler.run(schedule, caller.operator)
    if (end !== undefined) return { schedule, scheduledRun, ...end }
    throw new AppError({
      code: 'MASTER_NOT_RUNNING',
      message: 'the master is stopping; the scheduled run continues after the next start',
      hint: 'See `master schedule list` then.',
    })
  },
})

const schedulePauseVerb = defineVerb({
  name: 'schedule-pause',
  input: z.strictObject({ schedule: name }),
  right: { on: 'fleet', kind: 'write' },
  async run({ scheduler }, { schedule }, { caller: { operator } }): Promise<SchedulePauseResult> {
    await scheduler.pause(schedule, operator)
    return { schedule, paused: true }
  },
})

const scheduleResumeVerb = defineVerb({
  name: 'schedule-resume',
  input: z.strictObject({ schedule: name }),
  right: { on: 'fleet', kind: 'write' },
  async run({ scheduler }, { schedule }, { caller: { operator } }): Promise<SchedulePauseResult> {
    await scheduler.resume(schedule, operator)
    return { schedule, paused: false }
  },
})

export const scheduleVerbs = [
  scheduleListVerb,
  scheduleNextVerb,
  scheduleRunVerb,
  schedulePauseVerb,
  scheduleResumeVerb,
] as const

function rowOf(entry: ScheduleEntry, state: ScheduleState, working: boolean): ScheduleRow {
  const { name, cron, timezone, verb, target, splayMs, overlap, missed, withinMs, recipients, enabled } = entry
  const { pausedAt, pausedBy = '', nextAt, lastDue, lastFiredAt, lastOutcome, lastJob, lastProblem } = state
  const rests = !enabled || pausedAt !== undefined
  return {
    schedule: name,
    cron,
    timezone,
    verb,
    target,
    splayMs,
    overlap,
    missed,
    withinMs,
    recipients,
    state: working ? 'working' : !enabled ? 'off' : pausedAt === undefined ? 'on' : 'paused',
    ...(rests || nextAt === undefined ? {} : { next: nextAt }),
    ...(pausedAt === undefined ? {} : { paused: { at: pausedAt, by: pausedBy } }),
    ...(lastDue === undefined || lastFiredAt === undefined
      ? {}
      : {
          last: {
            due: lastDue,
            firedAt: lastFiredAt,
            ...(lastOutcome === undefined || working ? {} : { outcome: lastOutcome }),
            ...(lastJob === undefined || working ? {} : { job: lastJob }),
            ...(lastProblem === undefined || working ? {} : { problem: lastProblem }),
          },
        }),
  }
}

/** Formats a time as `Sun 2026-03-29 02:00 GMT+1`. Pure. */
function localTime(at: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'shortOffset',
  }).formatToParts(at)
  const of = (type: Intl.DateTimeFormatPartTypes): string => parts.find(part => part.type === type)?.value ?? ''
  return `${of('weekday')} ${of('year')}-${of('month')}-${of('day')} ${of('hour')}:${of('minute')} ${of('timeZoneName')}`
}
