import type { EventEmitter } from 'node:events'
import type { Problem } from '../../protocol/errors.ts'
import type { JobId, MinionId, RunId } from '../../protocol/ids.ts'
import type { FromMinion } from '../../protocol/messages.ts'
import type { EventOf } from '../store/log/events.ts'
import type { DeliveredReport } from '../store/tables/reports.ts'

/** What those who wait for a job hear; hints only, the store is the truth. */
export type RunNews =
  | { readonly type: 'moved'; readonly run: RunId; readonly job: JobId }
  /** Some of its runs moved, nobody says which. */
  | { readonly type: 'job'; readonly job: JobId }
  | { readonly type: 'progress'; readonly run: RunId; readonly job: JobId; readonly progress: Progress }
  | { readonly type: 'link'; readonly minion: MinionId }

export type Progress = Extract<FromMinion, { readonly type: 'progress' }>
export type Hello = Extract<FromMinion, { readonly type: 'hello' }>

/** What happens to runs, for those who wait for it. */
export type JobNews = EventEmitter<{ news: [RunNews] }>

/** What a minion said of a run that it works on. */
export type RunMove = EventOf<'run-accepted' | 'run-running'> & { readonly minion: MinionId }

/** Brings orders to minions. The store decides what is owed; this only acts on it. */
export interface OrderDelivery {
  /** Delivers what of the job was never sent: its first wave that is not over, 50 orders in each turn of the event loop. */
  deliverJob(job: JobId): void
  /** Delivers everything that waits for this minion, cancels too. */
  deliverMinion(minion: MinionId): void
}

/** Takes what comes back from minions. */
export interface Dispatcher {
  readonly news: JobNews
  readonly delivery: OrderDelivery
  /** What minions accept and begin. */
  readonly moves: { add(move: RunMove): void }
  hello(minion: MinionId, hello: Hello): void
  refused(minion: MinionId, run: RunId, problem: Problem): void
  progress(minion: MinionId, progress: Progress): void
  report(delivered: DeliveredReport): void
  /** The report of a run was refused for good: the run fails with that problem, until another report of it comes. */
  reportRefused(minion: MinionId, run: RunId, problem: Problem): void
  /** The link of a minion came or went. */
  linkChanged(minion: MinionId): void
  /** Somebody else changed runs of this job. */
  announce(job: JobId): void
  /** Delivers what waited for its time, and ends orders whose time is over; called from time to time. */
  lookAtTimes(): void
}
