import { setImmediate as immediate } from 'node:timers/promises'
import { AppError, type Problem, problemsOf } from '../../protocol/errors.ts'
import type { ControlContext } from '../context.ts'
import { lastSchedule, rememberSchedule } from '../control/schedule-in-force.ts'
import type { ScheduleEntry, ScheduleFile } from '../schedule/entry.ts'
import type { ScheduledRunId } from '../store/log/schedule-events.ts'
import type { ScheduledRun } from '../store/tables/schedules.ts'
import { suggest } from '../yaml/suggest.ts'
import { adoptFile, claim, isoNext, orderOf } from './claim.ts'
import type { ScheduledRunEnd, Scheduler } from './scheduler-port.ts'

export interface SchedulerDeps {
  readonly store: ControlContext['store']
  readonly now: () => number
  readonly warn: ControlContext['warn']
  /** Reads the current schedule.yml and when it was written; throws its problems. */
  readonly read: () => Promise<{
    readonly schedule: ScheduleFile
    readonly text: string
    readonly editedAtMs: number
  }>
  /** Runs a claimed scheduled run to its end. */
  readonly carryOut: (scheduledRun: ScheduledRun) => Promise<ScheduledRunEnd | undefined>
}

export function createScheduler({ store, now, warn, read, carryOut }: SchedulerDeps): Scheduler {
  const working = new Map<ScheduledRunId, Promise<ScheduledRunEnd | undefined>>()
  let told = ''
  let ticking: Promise<void> = Promise.resolve()

  const begin = (scheduledRun: ScheduledRun): Promise<ScheduledRunEnd | undefined> => {
    const going = carryOut(scheduledRun)
      .catch((thrown: unknown) => {
        warn('a scheduled run could not be completed, it is tried again', {
          scheduledRun: scheduledRun.id,
          problems: problemsOf(thrown),
        })
        return undefined
      })
      .finally(() => {
        working.delete(scheduledRun.id)
        beginWaiting(scheduledRun.schedule)
      })
    working.set(scheduledRun.id, going)
    return going
  }
  /** Starts the next queued run when the one before is over. */
  const beginWaiting = (schedule: string): void => {
    try {
      beginNext(schedule)
    } catch (thrown) {
      // The next tick tries again.
      warn('a scheduled run is delayed', { schedule, problems: problemsOf(thrown) })
    }
  }
  const beginNext = (schedule: string): void => {
    const mine = store.schedules.scheduledRuns().filter(scheduledRun => scheduledRun.schedule === schedule)
    const next = mine.find(({ state }) => state === 'queued')
    if (next === undefined || mine.some(({ state }) => state === 'fired')) return
    const { id, due, order } = next
    store.log.append({ type: 'schedule-fired', schedule, firing: id, due, order, ...nextOf(schedule) })
    void begin({ ...next, state: 'fired' })
  }
  const nextOf = (name: string): { readonly next?: string } => {
    const next = store.schedules.get(name)?.nextAt
    return next === undefined ? {} : { next }
  }
  const takeUp = (): void => {
    const all = store.schedules.scheduledRuns()
    const busy = new Set(all.filter(({ id }) => working.has(id)).map(({ schedule }) => schedule))
    for (const { id, schedule, due, order, job } of all) {
      if (busy.has(schedule) || job !== undefined || now() - Date.parse(due) <= order.withinMs) continue
      store.log.append({ type: 'schedule-skipped', schedule, due, firing: id, why: 'too-late', ...nextOf(schedule) })
    }
    const waiting = store.schedules.scheduledRuns()
    for (const scheduledRun of waiting)
      if (scheduledRun.state === 'fired' && !working.has(scheduledRun.id)) void begin(scheduledRun)
    for (const schedule of new Set(waiting.map(scheduledRun => scheduledRun.schedule))) beginWaiting(schedule)
  }
  /** Adopts the current schedule and returns it; when it is broken, returns the last valid one. */
  const adopt = async (): Promise<{ readonly schedule: ScheduleFile; readonly problems: readonly Problem[] }> => {
    const got = await read().catch((thrown: unknown) => ({ problems: problemsOf(thrown) }))
    if ('problems' in got) return { schedule: lastSchedule(store), problems: got.problems }
    const { schedule, text, editedAtMs } = got
    store.together(() => {
      rememberSchedule(store, text)
      adoptFile(store, schedule, editedAtMs, now())
    })
    return { schedule, problems: [] }
  }
  /** Warns only once about the same problems: there is a tick every minute. */
  const tell = (problems: readonly Problem[]): void => {
    const text = JSON.stringify(problems)
    if (problems.length > 0 && text !== told) {
      warn('schedule.yml has problems, the last valid version stays in use', { problems })
    }
    told = text
  }
  const find = async (name: string): Promise<ScheduleEntry> => {
    const { entries } = (await adopt()).schedule
    const entry = entries.find(candidate => candidate.name === name)
    if (entry !== undefined) return entry
    throw unknownSchedule(
      name,
      entries.map(candidate => candidate.name),
    )
  }
  const tickOnce = async (): Promise<void> => {
    takeUp()
    const { schedule, problems } = await adopt()
    tell(problems)
    for (const entry of schedule.entries) {
      for (const scheduledRun of claim(store, entry, now())) void begin(scheduledRun)
      // Each claim is synced to disk; with hundreds of them, yield in between.
      await immediate()
    }
  }

  return {
    tick() {
      ticking = ticking.then(tickOnce).catch((thrown: unknown) => {
        warn('the schedule could not be checked', { problems: problemsOf(thrown) })
      })
      return ticking
    },
    async run(name, operator) {
      const entry = await find(name)
      const at = new Date(now()).toISOString()
      const scheduledRun: ScheduledRunId = `${name}@${at}`
      store.together(() => {
        const busy = store.schedules.scheduledRuns().some(({ schedule }) => schedule === name)
        if (busy && (entry.overlap !== 'allow' || store.schedules.scheduledRun(scheduledRun) !== undefined))
          throw isBusy(name)
        const order = orderOf(entry)
        store.log.append({
          type: 'schedule-fired',
          schedule: name,
          firing: scheduledRun,
          due: at,
          order,
          operator,
          ...nextOf(name),
        })
      })
      const claimed = store.schedules.scheduledRun(scheduledRun)
      return { scheduledRun, end: claimed === undefined ? undefined : await begin(claimed) }
    },
    async pause(name, operator) {
      await find(name)
      if (store.schedules.get(name)?.pausedAt !== undefined) return
      store.log.append({ type: 'schedule-paused', schedule: name, operator })
    },
    async resume(name, operator) {
      const entry = await find(name)
      if (store.schedules.get(name)?.pausedAt === undefined) return
      store.log.append({ type: 'schedule-resumed', schedule: name, operator, ...isoNext(entry, now()) })
    },
    async look() {
      const { schedule, problems } = await adopt()
      const entries = schedule.entries.flatMap(entry => {
        const state = store.schedules.get(entry.name)
        return state === undefined ? [] : [{ entry, state }]
      })
      return { entries, problems }
    },
    async idle() {
      await ticking
      await Promise.all(working.values())
    },
  }
}

/** Creates the SCHEDULE_UNKNOWN error, suggesting the nearest name. */
export function unknownSchedule(name: string, known: readonly string[]): AppError {
  const near = suggest(name, known)
  const hint = near === undefined ? 'See `master schedule list`.' : `Did you mean \`${near}\`?`
  return new AppError({ code: 'SCHEDULE_UNKNOWN', message: `there is no schedule \`${name.slice(0, 80)}\``, hint })
}

function isBusy(name: string): AppError {
  return new AppError({
    code: 'SCHEDULE_BUSY',
    message: `\`${name}\` still works`,
    hint: 'See `master jobs`, wait, or give it `overlap: allow`.',
  })
}
