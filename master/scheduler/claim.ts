import type { ControlContext } from '../context.ts'
import { nextRun } from '../schedule/cron.ts'
import { type Decision, decideScheduledRuns } from '../schedule/due.ts'
import type { ScheduleEntry, ScheduleFile } from '../schedule/entry.ts'
import type { ScheduledRunId, ScheduledRunOrder } from '../store/log/schedule-events.ts'
import type { ScheduledRun, ScheduleState } from '../store/tables/schedules.ts'

type Store = ControlContext['store']

/**
 * An edited entry does not fire for times before the edit; if the time of the edit cannot be trusted, for none older than one
 * tick.
 */
const NEW_WITHIN_MS = 60_000
/** An entry that was missing for less than this was not removed: the file was read while it was being written. */
const BLINK_MS = 120_000
/**
 * A schedule that has claimed more of the future than this was checked with a wrong clock, and is reset. One that has claimed
 * less waits until that time has come: it fires late rather than twice.
 */
const CLOCK_BACK_MS = 24 * 3_600_000

/** Appends events for every new, changed or removed entry. Call it in a transaction. */
export function adoptFile({ schedules, log }: Store, { entries }: ScheduleFile, editedAtMs: number, at: number): void {
  const edited = Math.min(Math.max(editedAtMs, at - NEW_WITHIN_MS), at)
  for (const entry of entries) {
    const state = schedules.get(entry.name)
    const rule = `${entry.cron} ${entry.timezone}${entry.enabled ? '' : ' off'}`
    if (state?.rule === rule && state.removedAt === undefined) continue
    const since = state?.rule === rule && wasBlink(state, at) ? Date.parse(state.claimedUntil) : edited
    const next = entry.enabled ? isoNext(entry, since) : {}
    log.append({ type: 'schedule-set', schedule: entry.name, rule, since: new Date(since).toISOString(), ...next })
  }
  for (const { name, removedAt } of schedules.list()) {
    if (removedAt === undefined && !entries.some(entry => entry.name === name)) {
      log.append({ type: 'schedule-removed', schedule: name })
    }
  }
}

/** Decides which runs of an entry are due and records them, in one transaction; returns the scheduled runs to start now. */
export function claim(store: Store, entry: ScheduleEntry, at: number): readonly ScheduledRun[] {
  return store.together(() => {
    const { name } = entry
    const state = stateAt(store, entry, at)
    if (state === undefined || !entry.enabled || state.pausedAt !== undefined) return []
    const own = store.schedules.scheduledRuns().filter(({ schedule }) => schedule === name)
    const standing = {
      claimedUntilMs: Date.parse(state.claimedUntil),
      working: own.length > 0,
      waiting: own.filter(scheduledRun => scheduledRun.state === 'queued').length,
    }
    const begun: ScheduledRun[] = []
    for (const decision of decideScheduledRuns(entry, standing, at)) {
      const id = write(store, entry, decision, isoNext(entry, at))
      const scheduledRun = id === undefined ? undefined : store.schedules.scheduledRun(id)
      if (scheduledRun?.state === 'fired') begun.push(scheduledRun)
    }
    return begun
  })
}

/** Returns what a scheduled run of an entry orders. Pure. */
export function orderOf({ verb, target, splayMs, withinMs, options, recipients }: ScheduleEntry): ScheduledRunOrder {
  return { verb, target, splayMs, withinMs, options, recipients }
}

/** Returns the next run after a time, in the form used by events. Pure. */
export function isoNext(entry: ScheduleEntry, afterMs: number): { readonly next?: string } {
  const next = nextRun(entry, afterMs)
  return next === undefined ? {} : { next: new Date(next).toISOString() }
}

function stateAt({ schedules, log }: Store, entry: ScheduleEntry, at: number): ScheduleState | undefined {
  const state = schedules.get(entry.name)
  if (state === undefined || Date.parse(state.claimedUntil) - at <= CLOCK_BACK_MS) return state
  const since = new Date(at).toISOString()
  log.append({
    type: 'schedule-set',
    schedule: entry.name,
    rule: state.rule,
    since,
    clock: 'back',
    ...isoNext(entry, at),
  })
  return schedules.get(entry.name)
}

function wasBlink({ removedAt }: ScheduleState, at: number): boolean {
  return removedAt !== undefined && Math.abs(at - Date.parse(removedAt)) <= BLINK_MS
}

function write(
  { log }: Store,
  entry: ScheduleEntry,
  decision: Decision,
  next: { readonly next?: string },
): ScheduledRunId | undefined {
  const schedule = entry.name
  const due = new Date(decision.dueMs).toISOString()
  if (decision.kind === 'skip') {
    const until = decision.untilMs === decision.dueMs ? {} : { until: new Date(decision.untilMs).toISOString() }
    log.append({ type: 'schedule-skipped', schedule, due, ...until, why: decision.why, ...next })
    return undefined
  }
  const scheduledRun: ScheduledRunId = `${schedule}@${due}`
  const type = decision.kind === 'fire' ? 'schedule-fired' : 'schedule-queued'
  log.append({ type, schedule, firing: scheduledRun, due, order: orderOf(entry), ...next })
  return scheduledRun
}
