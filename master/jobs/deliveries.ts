import type { JobId, RunId } from '../../protocol/ids.ts'
import { forEachOf } from './each.ts'

/** Orders that are signed and sent in one turn of the event loop: heartbeats and other verbs get their turn in between. */
export const DELIVERED_AT_ONCE = 50

/** Delivers the runs of jobs slice by slice. */
export interface JobDeliveries {
  /** Delivers the first slice now and the rest in later turns. Throws what the first slice throws. */
  begin(job: JobId): void
  /** Takes up what was interrupted, such as by a full disk; called from time to time. */
  goOn(): void
}

interface Deps {
  /** The runs of a job that were never sent and can be delivered now. */
  readonly unsent: (job: JobId) => readonly RunId[]
  /** Delivers those of them that are still waiting. */
  readonly deliver: (runs: readonly RunId[]) => void
  /** Puts work off to the next turn of the event loop. */
  readonly defer: (work: () => void) => void
}

export function createJobDeliveries({ unsent, deliver, defer }: Deps): JobDeliveries {
  const rest = new Map<JobId, readonly RunId[]>()
  const stuck = new Set<JobId>()
  const next = (job: JobId): void => {
    const runs = rest.get(job) ?? []
    stuck.add(job)
    deliver(runs.slice(0, DELIVERED_AT_ONCE))
    stuck.delete(job)
    const left = runs.slice(DELIVERED_AT_ONCE)
    if (left.length === 0) return void rest.delete(job)
    rest.set(job, left)
    defer(() => next(job))
  }
  return {
    begin(job) {
      const isOnItsWay = rest.has(job) && !stuck.has(job)
      rest.set(job, unsent(job))
      if (!isOnItsWay) next(job)
    },
    goOn() {
      forEachOf(stuck, next)
    },
  }
}
