import { setTimeout as pause } from 'node:timers/promises'
import type { Dispatch } from '../api/dispatch.ts'
import type { ControlContext } from '../context.ts'
import { readSchedule } from '../fleet/schedule-file.ts'
import { everyMinute } from '../scheduler/every-minute.ts'
import { createDeliveryOutbox, deliveryWorld } from '../scheduler/outbox.ts'
import { carryOut } from '../scheduler/scheduled-run.ts'
import { createScheduler } from '../scheduler/scheduler.ts'
import type { Scheduler } from '../scheduler/scheduler-port.ts'
import { createTurns } from '../scheduler/turns.ts'

/** The periodic work of the master: the schedule and the outbox. */
export interface BackgroundJobs {
  readonly scheduler: Scheduler
  /** Resumes unfinished work, checks at once and then every minute. Returns a function that stops it. */
  start(dispatch: Dispatch): () => Promise<void>
}

const OUTBOX_LOOK_MS = 1000
const LAST_DELIVERY_MS = 5000

/** Creates the background jobs. `context` and `dispatch` are provided late, because the verbs in them use the scheduler. */
export function createBackgroundJobs(
  parts: Pick<ControlContext, 'store' | 'now' | 'warn' | 'fleetDirectory'>,
  context: () => ControlContext,
): BackgroundJobs {
  const stopped = new AbortController()
  const turns = createTurns()
  const running: { dispatch: Dispatch | undefined } = { dispatch: undefined }
  const scheduler = createScheduler({
    store: parts.store,
    now: parts.now,
    warn: parts.warn,
    read: () => readSchedule(parts.fleetDirectory),
    carryOut: async scheduledRun => {
      if (running.dispatch === undefined) return undefined
      return carryOut({ ...context(), turns }, running.dispatch, scheduledRun, stopped.signal)
    },
  })
  return {
    scheduler,
    start(dispatch) {
      running.dispatch = dispatch
      const outbox = createDeliveryOutbox(parts, deliveryWorld(context()))
      const looking = setInterval(() => void outbox.look(), OUTBOX_LOOK_MS)
      void scheduler.tick()
      const endTicks = everyMinute(parts.now, () => void scheduler.tick())
      return async () => {
        endTicks()
        clearInterval(looking)
        stopped.abort()
        await scheduler.idle()
        await Promise.race([outbox.idle(), pause(LAST_DELIVERY_MS)])
      }
    },
  }
}
