import { onTestFinished } from 'vitest'
import { parseSchedule } from '../../../master/schedule/parse.ts'
import type { SchedulerDeps } from '../../../master/scheduler/scheduler.ts'
import { createScheduler } from '../../../master/scheduler/scheduler.ts'
import type { ScheduledRunEnd, Scheduler } from '../../../master/scheduler/scheduler-port.ts'
import type { MasterEvent } from '../../../master/store/log/events.ts'
import { openStore, type Store } from '../../../master/store/open.ts'
import type { ScheduledRun } from '../../../master/store/tables/schedules.ts'
import { AppError } from '../../../protocol/errors.ts'
import { temporaryDirectory } from '../store/fixture.ts'

/** A schedule that runs every hour, on the hour. */
export const HOURLY = 'schedules:\n  hourly: {cron: "0 * * * *", verb: test, target: "*"}\n'

/** A scheduler on a real store; the test controls the clock, schedule.yml and the work of scheduled runs. */
export interface ScheduleScene {
  scheduler: Scheduler
  readonly store: Store
  now: number
  /** Text of schedule.yml. */
  file: string
  editedAtMs: number
  /** Simulates a full disk: nothing can be appended. */
  full: boolean
  /** Scheduled runs started by all masters of this store, in order. */
  readonly begun: string[]
  readonly warned: string[]
  /** Ends an active scheduled run, as its verb would. */
  end(id: string, outcome?: ScheduledRunEnd['outcome']): Promise<void>
  /** Ticks at a time of 21 November 2026, or at any other. */
  tickAt(time: string): Promise<void>
  /** Starts a new master on the same store, with its first tick; work of the old one is forgotten, as after a kill. */
  restart(): Promise<void>
  close(): void
}

/** Starts half an hour before the first run of HOURLY, after the tick in which the schedule was first seen. */
export async function openScheduleScene(file: string, start = '2026-11-21T00:30:00Z'): Promise<ScheduleScene> {
  const directory = temporaryDirectory()
  const open = (): Store => openStore(directory, { now: () => clock() })
  let clock = (): number => Date.parse(start)
  let store = open()
  let ends = new Map<string, (end: ScheduledRunEnd | undefined) => void>()
  const make = (): Scheduler => {
    const own = new Map<string, (end: ScheduledRunEnd | undefined) => void>()
    ends = own
    const { log } = store
    const append: typeof log.append = (event, options) => {
      if (scene.full) throw new AppError({ code: 'STORE_FULL', message: 'the disk is full, nothing was stored' })
      return log.append(event, options)
    }
    const deps: SchedulerDeps = {
      store: { ...store, log: { ...log, append } },
      now: () => scene.now,
      warn: (message, facts) => scene.warned.push(`${message}: ${JSON.stringify(facts)}`),
      read: async () => {
        const { schedule, problems } = parseSchedule(scene.file)
        if (problems.length > 0) throw new AppError(problems)
        return { schedule, text: scene.file, editedAtMs: scene.editedAtMs }
      },
      carryOut: (scheduledRun: ScheduledRun) => {
        scene.begun.push(scheduledRun.id)
        return new Promise(resolve => own.set(scheduledRun.id, resolve))
      },
    }
    return createScheduler(deps)
  }
  const scene: ScheduleScene = {
    get store() {
      return store
    },
    now: Date.parse(start),
    file,
    editedAtMs: Date.parse(start) - 86_400_000,
    full: false,
    begun: [],
    warned: [],
    scheduler: undefined as unknown as Scheduler,
    async end(id, outcome = 'done') {
      const resolve = ends.get(id)
      if (resolve === undefined) throw new Error(`${id} does not work`)
      ends.delete(id)
      const [schedule = ''] = id.split('@')
      if (scene.full) resolve(undefined)
      else {
        store.log.append({ type: 'schedule-ended', schedule, firing: id as `${string}@${string}`, outcome })
        resolve({ outcome })
      }
      // Everything that follows the end runs in microtasks.
      for (let turn = 0; turn < 20; turn++) await Promise.resolve()
    },
    async tickAt(time) {
      scene.now = Date.parse(time.includes('T') ? time : `2026-11-21T${time}Z`)
      await scene.scheduler.tick()
    },
    async restart() {
      store.close()
      store = open()
      scene.scheduler = make()
      await scene.scheduler.tick()
    },
    close: () => store.close(),
  }
  scene.scheduler = make()
  clock = () => scene.now
  onTestFinished(() => scene.close())
  await scene.scheduler.tick()
  return scene
}

export function eventsOf<Type extends MasterEvent['type']>(
  store: Store,
  ...types: readonly Type[]
): readonly Extract<MasterEvent, { readonly type: Type }>[] {
  return store.log
    .read(0, 10_000)
    .map(({ event }) => event)
    .filter((event): event is Extract<MasterEvent, { readonly type: Type }> => types.includes(event.type as Type))
}
