import { AppError, problemsOf } from '../../protocol/errors.ts'
import { nextRun } from '../schedule/cron.ts'
import { type Decision, decideFirings } from '../schedule/due.ts'
import type { ScheduleEntry, ScheduleFile } from '../schedule/words.ts'
import type { FiringId, FiringOrder } from '../store/schedule-events.ts'
import type { Firing, ScheduleState } from '../store/schedules.ts'
import { suggest } from '../yaml/suggest.ts'
import type { ControlContext } from './context.ts'
import type { FiringEnd } from './firing.ts'

/** Fires what is due. All that it knows is in the store, so that it can die and start at any moment. */
export interface Scheduler {
  /** Takes up what a master before left unfinished. Once, before the first tick. */
  recover(): void
  /** Looks what is due, claims it and begins it. Never throws; a broken schedule.yml leaves the last good one in force. */
  tick(): Promise<void>
  /** Fires it now and waits for its end; SCHEDULE_UNKNOWN, SCHEDULE_BUSY. undefined: the master stops. */
  run(name: string, operator: string): Promise<{ readonly firing: FiringId; readonly end: FiringEnd | undefined }>
  pause(name: string, operator: string): Promise<void>
  /** What came due while it was paused does not fire. */
  resume(name: string, operator: string): Promise<void>
  /** schedule.yml as it stands, with what is known of each entry. */
  look(): Promise<readonly { readonly entry: ScheduleEntry; readonly state: ScheduleState }[]>
  /** Resolves when nothing works any more; the signal of `carryOut` must have been aborted. */
  idle(): Promise<void>
}

export interface SchedulerDeps {
  readonly store: ControlContext['store']
  readonly now: () => number
  readonly warn: ControlContext['warn']
  /** What schedule.yml says now, and when it was written; throws its problems. */
  readonly read: () => Promise<{ readonly schedule: ScheduleFile; readonly editedAtMs: number }>
  /** Does a claimed firing to its end. */
  readonly carryOut: (firing: Firing) => Promise<FiringEnd | undefined>
}

/** An edit fires nothing that was due before it; where its time cannot be trusted, nothing older than one tick. */
const NEW_WITHIN_MS = 60_000

export function createScheduler(deps: SchedulerDeps): Scheduler {
  const { store, now, warn } = deps
  const working = new Map<FiringId, Promise<FiringEnd | undefined>>()
  let last: ScheduleFile | undefined
  let ticking: Promise<void> = Promise.resolve()

  const begin = (firing: Firing): Promise<FiringEnd | undefined> => {
    const going = deps
      .carryOut(firing)
      .catch((thrown: unknown) => {
        warn('a firing could not be ended', { firing: firing.id, problems: problemsOf(thrown) })
        return undefined
      })
      .finally(() => {
        working.delete(firing.id)
        beginWaiting(firing.schedule)
      })
    working.set(firing.id, going)
    return going
  }
  /** The next in line, when the one before is over. */
  const beginWaiting = (schedule: string): void => {
    const mine = store.schedules.firings().filter(firing => firing.schedule === schedule)
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
  const adopt = async (): Promise<ScheduleFile> => {
    const { schedule, editedAtMs } = await deps.read()
    store.together(() => adoptFile(deps, schedule, editedAtMs))
    last = schedule
    return schedule
  }
  const find = async (name: string): Promise<ScheduleEntry> => {
    const { entries } = await adopt()
    const entry = entries.find(candidate => candidate.name === name)
    if (entry !== undefined) return entry
    throw unknown(
      name,
      entries.map(candidate => candidate.name),
    )
  }
  const tickOnce = async (): Promise<void> => {
    const schedule = await adopt().catch((thrown: unknown) => {
      warn('schedule.yml has problems, the last good one holds', { problems: problemsOf(thrown) })
      return last
    })
    for (const entry of schedule?.entries ?? []) {
      const claimed = store.together(() => claim(deps, entry))
      for (const firing of claimed) void begin(firing)
    }
  }

  return {
    recover() {
      for (const { id, schedule, due, order, job } of store.schedules.firings()) {
        if (job !== undefined || now() - Date.parse(due) <= order.withinMs) continue
        store.log.append({ type: 'schedule-skipped', schedule, due, firing: id, why: 'too-late', ...nextOf(schedule) })
      }
      const firings = store.schedules.firings()
      for (const firing of firings.filter(({ state }) => state === 'fired')) void begin(firing)
      for (const schedule of new Set(firings.map(firing => firing.schedule))) beginWaiting(schedule)
    },
    tick() {
      ticking = ticking.then(tickOnce).catch((thrown: unknown) => {
        warn('the schedule could not be looked at', { problems: problemsOf(thrown) })
      })
      return ticking
    },
    async run(name, operator) {
      const entry = await find(name)
      const at = new Date(now()).toISOString()
      const firing: FiringId = `${name}@${at}`
      store.together(() => {
        const busy = store.schedules.firings().some(({ schedule }) => schedule === name)
        if (busy && (entry.overlap !== 'allow' || store.schedules.firing(firing) !== undefined)) throw isBusy(name)
        const order = orderOf(entry)
        store.log.append({ type: 'schedule-fired', schedule: name, firing, due: at, order, operator, ...nextOf(name) })
      })
      const claimed = store.schedules.firing(firing)
      return { firing, end: claimed === undefined ? undefined : await begin(claimed) }
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
      const { entries } = await adopt()
      return entries.flatMap(entry => {
        const state = store.schedules.get(entry.name)
        return state === undefined ? [] : [{ entry, state }]
      })
    },
    async idle() {
      await ticking
      await Promise.all(working.values())
    },
  }
}

/** Events for every entry that is new, changed or gone. */
function adoptFile({ store, now }: SchedulerDeps, { entries }: ScheduleFile, editedAtMs: number): void {
  const since = Math.min(Math.max(editedAtMs, now() - NEW_WITHIN_MS), now())
  for (const entry of entries) {
    const state = store.schedules.get(entry.name)
    const rule = `${entry.cron} ${entry.timezone}${entry.enabled ? '' : ' off'}`
    if (state?.rule === rule && state.removedAt === undefined) continue
    const next = entry.enabled ? isoNext(entry, since) : {}
    const at = new Date(since).toISOString()
    store.log.append({ type: 'schedule-set', schedule: entry.name, rule, since: at, ...next })
  }
  for (const { name, removedAt } of store.schedules.list()) {
    if (removedAt === undefined && !entries.some(entry => entry.name === name)) {
      store.log.append({ type: 'schedule-removed', schedule: name })
    }
  }
}

/** Decides and writes down, in one transaction; the firings that shall begin now. */
function claim({ store, now }: SchedulerDeps, entry: ScheduleEntry): readonly Firing[] {
  const { name } = entry
  const state = store.schedules.get(name)
  if (state === undefined || !entry.enabled || state.pausedAt !== undefined) return []
  const own = store.schedules.firings().filter(({ schedule }) => schedule === name)
  const standing = {
    claimedUntilMs: Date.parse(state.claimedUntil),
    working: own.length > 0,
    waiting: own.filter(firing => firing.state === 'queued').length,
  }
  const at = now()
  const begun: Firing[] = []
  for (const decision of decideFirings(entry, standing, at)) {
    const id = write(store, entry, decision, isoNext(entry, at))
    const firing = id === undefined ? undefined : store.schedules.firing(id)
    if (firing?.state === 'fired') begun.push(firing)
  }
  return begun
}

function write(
  { log }: ControlContext['store'],
  entry: ScheduleEntry,
  decision: Decision,
  next: { readonly next?: string },
): FiringId | undefined {
  const schedule = entry.name
  const due = new Date(decision.dueMs).toISOString()
  if (decision.kind === 'skip') {
    const until = decision.untilMs === decision.dueMs ? {} : { until: new Date(decision.untilMs).toISOString() }
    log.append({ type: 'schedule-skipped', schedule, due, ...until, why: decision.why, ...next })
    return undefined
  }
  const firing: FiringId = `${schedule}@${due}`
  const type = decision.kind === 'fire' ? 'schedule-fired' : 'schedule-queued'
  log.append({ type, schedule, firing, due, order: orderOf(entry), ...next })
  return firing
}

/** What a firing of an entry orders. Pure. */
export function orderOf({ verb, target, splayMs, withinMs, options, recipients }: ScheduleEntry): FiringOrder {
  return { verb, target, splayMs, withinMs, options, recipients }
}

function isoNext(entry: ScheduleEntry, afterMs: number): { readonly next?: string } {
  const next = nextRun(entry, afterMs)
  return next === undefined ? {} : { next: new Date(next).toISOString() }
}

function unknown(name: string, known: readonly string[]): AppError {
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
