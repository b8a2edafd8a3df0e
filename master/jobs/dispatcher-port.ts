import type { Problem } from '../../protocol/errors.ts'
import type { JobId, MinionId, RunId } from '../../protocol/ids.ts'
import type { FromMinion } from '../../protocol/messages.ts'
import type { DeliveredReport } from '../store/tables/reports.ts'

/** What those who wait for a job hear; hints only, the store is the truth. */
export type RunNews =
  | { readonly type: 'moved'; readonly run: RunId; readonly job: JobId }
  /** Some of its runs moved, nobody says which. */
  | { readonly type: 'job'; readonly job: JobId }
  | { readonly type: 'progress'; readonly run: RunId; readonly job: JobId; readonly progress: Progress }
  | { readonly type: 'link'; readonly minion: MinionId }

type Progress = Extract<FromMinion, { readonly type: 'progress' }>
export type Hello = Extract<FromMinion, { readonly type: 'hello' }>

/** Brings orders to minions and takes what comes back. The store decides what is owed; this only acts on it. */
export interface Dispatcher {
  /** Delivers what of the job was never sent: its first wave that is not over, 50 orders in each turn of the event loop. */
  deliverJob(job: JobId): void
  /** Delivers everything that waits for this minion, cancels too. */
  deliverMinion(minion: MinionId): void
  hello(minion: MinionId, hello: Hello): void
  accepted(minion: MinionId, run: RunId): void
  refused(minion: MinionId, run: RunId, problem: Problem): void
  running(minion: MinionId, run: RunId, states: number): void
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
  subscribe(listener: (news: RunNews) => void): () => void
}
