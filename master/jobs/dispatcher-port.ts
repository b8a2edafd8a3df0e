import type { EventEmitter } from 'node:events'
import type { Problem } from '../../protocol/errors.ts'
import type { JobId, MinionId, RunId } from '../../protocol/ids.ts'
import type { FromMinion } from '../../protocol/messages.ts'
import type { EventOf } from '../store/log/events.ts'
import type { DeliveredReport } from '../store/tables/reports.ts'

/** Notifications for code that waits for a job. They are hints only; the store is authoritative. */
export type RunNews =
  | { readonly type: 'moved'; readonly run: RunId; readonly job: JobId }
  /** Some runs of the job changed; it is unknown which. */
  | { readonly type: 'job'; readonly job: JobId }
  | { readonly type: 'progress'; readonly run: RunId; readonly job: JobId; readonly progress: Progress }
  | { readonly type: 'link'; readonly minion: MinionId }

export type Progress = Extract<FromMinion, { readonly type: 'progress' }>
export type Hello = Extract<FromMinion, { readonly type: 'hello' }>

/** Emits changes of runs to those that wait for them. */
export type JobNews = EventEmitter<{ news: [RunNews] }>

/** What a minion reported about a run in progress. */
export type RunMove = EventOf<'run-accepted' | 'run-running'> & { readonly minion: MinionId }

/** Sends orders to minions. The store decides which are pending; this only acts on it. */
export interface OrderDelivery {
  /** Delivers the unsent runs of the job's first unfinished wave, 20 orders per turn of the event loop. */
  deliverJob(job: JobId): void
  /** Delivers everything that is pending for this minion, including cancels. */
  deliverMinion(minion: MinionId): void
}

/** Handles what minions send back. */
export interface Dispatcher {
  readonly news: JobNews
  readonly delivery: OrderDelivery
  /** Records runs that minions accept and start. */
  readonly moves: { add(move: RunMove): void }
  hello(minion: MinionId, hello: Hello): void
  refused(minion: MinionId, run: RunId, problem: Problem): void
  progress(minion: MinionId, progress: Progress): void
  /** Stores a report. `after` is called once it is on disk: `result` throws if it is not. */
  report(delivered: DeliveredReport, after?: (result: () => void) => void): void
  /** Fails a run whose report was refused for good. A later report of the run can still replace that result. */
  reportRefused(minion: MinionId, run: RunId, problem: Problem): void
  /** Called when a minion connects or disconnects. */
  linkChanged(minion: MinionId): void
  /** Called when runs of this job were changed elsewhere. */
  announce(job: JobId): void
  /** Delivers orders whose delay is over and ends orders that have expired; called periodically. */
  lookAtTimes(): void
}
