import { AppError } from '../../../protocol/errors.ts'
import { nextRuns } from '../../schedule/cron.ts'
import type { ScheduleEntry } from '../../schedule/entry.ts'
import type { ScheduleState } from '../../store/schedules.ts'
import type { DeliveryRow, ScheduleRow } from '../answers/schedule-answers.ts'
import type { ControlContext } from '../context.ts'
import type { Verb } from '../dispatch.ts'
import { pickMinions } from '../rights/pick.ts'
import { rightDenied } from '../rights/right-denied.ts'
import { unknownSchedule } from '../schedule/scheduler.ts'

/** The verbs about schedule.yml and what came of it. */

export function scheduleListVerb({ scheduler, store }: ControlContext): Verb<'schedule-list'> {
  return async () => {
    const { entries, problems } = await scheduler.look()
    const working = new Set(store.schedules.firings().map(({ schedule }) => schedule))
    const schedules = entries.map(one => rowOf(one.entry, one.state, working.has(one.entry.name)))
    const deliveries = store.deliveries.list().map((one): DeliveryRow => {
      const { id, recipient, subject, queuedAt, nextAt, attempts, problem } = one
      const because = problem === undefined ? {} : { problem }
      return { delivery: id, recipient, subject, queuedAt, nextAt, attempts, ...because }
    })
    return { schedules, problems, deliveries }
  }
}

/** The next runs of one schedule or of all, in the order in which they come. */
export function scheduleNextVerb({ scheduler, now }: ControlContext): Verb<'schedule-next'> {
  return async ({ schedule, count }) => {
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
  }
}

/** Who fires a schedule by hand must be allowed to do himself what it does. */
export function scheduleRunVerb(context: ControlContext): Verb<'schedule-run'> {
  return async ({ schedule }, _emit, _signal, caller) => {
    const { scheduler } = context
    const entry = (await scheduler.look()).entries.find(one => one.entry.name === schedule)?.entry
    if (entry !== undefined) {
      if (!caller.rights.allows(entry.verb)) throw rightDenied(caller.operator, entry.verb, [])
      await pickMinions(context, caller, entry.verb, entry.target)
    }
    const { firing, end } = await scheduler.run(schedule, caller.operator)
    if (end !== undefined) return { schedule, firing, ...end }
    throw new AppError({
      code: 'MASTER_NOT_RUNNING',
      message: 'the master stops; the firing goes on when it starts again',
      hint: 'See `master schedule list` then.',
    })
  }
}

export function schedulePauseVerb({ scheduler }: ControlContext): Verb<'schedule-pause'> {
  return async ({ schedule }, _emit, _signal, { operator }) => {
    await scheduler.pause(schedule, operator)
    return { schedule, paused: true }
  }
}

export function scheduleResumeVerb({ scheduler }: ControlContext): Verb<'schedule-resume'> {
  return async ({ schedule }, _emit, _signal, { operator }) => {
    await scheduler.resume(schedule, operator)
    return { schedule, paused: false }
  }
}

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

/** `Sun 2026-03-29 02:00 GMT+1`. Pure. */
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
