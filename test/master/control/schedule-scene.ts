import type { FiringEnd } from '../../../master/control/firing.ts'
import type { SchedulerDeps } from '../../../master/control/scheduler.ts'
import { createScheduler, type Scheduler } from '../../../master/control/scheduler.ts'
import { parseSchedule } from '../../../master/schedule/parse.ts'
import type { MasterEvent } from '../../../master/store/events.ts'
import type { Store } from '../../../master/store/open.ts'
import type { Firing } from '../../../master/store/schedules.ts'
import { AppError } from '../../../protocol/errors.ts'

/** A scheduler on a real store, with a clock, a schedule.yml and the work of firings in the hands of the test. */
export interface ScheduleScene {
  scheduler: Scheduler
  now: number
  /** Text of schedule.yml. */
  file: string
  editedAtMs: number
  /** Firings that were begun, in order, by all masters of this store. */
  readonly begun: string[]
  readonly warned: string[]
  /** Ends a firing that works, as its verb would. */
  end(id: string, outcome?: FiringEnd['outcome']): Promise<void>
  /** A new master on the same store; what the old one worked on is forgotten, as by a kill. */
  restart(store?: Store): void
}

export function openScheduleScene(open: () => Store, start: string, file: string): ScheduleScene {
  let store = open()
  let ends = new Map<string, (end: FiringEnd | undefined) => void>()
  const make = (): Scheduler => {
    const own = new Map<string, (end: FiringEnd | undefined) => void>()
    ends = own
    const deps: SchedulerDeps = {
      store,
      now: () => scene.now,
      warn: (message, facts) => scene.warned.push(`${message}: ${JSON.stringify(facts)}`),
      read: async () => {
        const { schedule, problems } = parseSchedule(scene.file)
        if (problems.length > 0) throw new AppError(problems)
        return { schedule, editedAtMs: scene.editedAtMs }
      },
      carryOut: (firing: Firing) => {
        scene.begun.push(firing.id)
        return new Promise(resolve => own.set(firing.id, resolve))
      },
    }
    return createScheduler(deps)
  }
  const scene: ScheduleScene = {
    now: Date.parse(start),
    file,
    editedAtMs: Date.parse(start) - 86_400_000,
    begun: [],
    warned: [],
    scheduler: undefined as unknown as Scheduler,
    async end(id, outcome = 'done') {
      const resolve = ends.get(id)
      if (resolve === undefined) throw new Error(`${id} does not work`)
      ends.delete(id)
      const [schedule = ''] = id.split('@')
      store.log.append({ type: 'schedule-ended', schedule, firing: id as `${string}@${string}`, outcome })
      resolve({ outcome })
      // Whatever follows from its end runs in microtasks.
      for (let turn = 0; turn < 20; turn++) await Promise.resolve()
    },
    restart(next = open()) {
      store = next
      scene.scheduler = make()
      scene.scheduler.recover()
    },
  }
  scene.scheduler = make()
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
