import type { JobId, MinionId, RunId } from '../../protocol/ids.ts'

/**
 * Caches the job of each run that a minion reports on, while it is connected: progress arrives twice per state and must not
 * cost a query each time.
 */
export interface RunOwners {
  /** Returns the job; undefined when the run does not belong to this minion. */
  jobOf(minion: MinionId, run: RunId): JobId | undefined
  /** Forgets a run that is over; without `run`, everything about the minion. */
  forget(minion: MinionId, run?: RunId): void
}

/** Creates the cache. `find` looks up the job of a minion's run in the store. */
export function createRunOwners(find: (minion: MinionId, run: RunId) => JobId | undefined): RunOwners {
  const known = new Map<MinionId, Map<RunId, JobId>>()
  return {
    jobOf(minion, run) {
      const own = known.get(minion) ?? new Map<RunId, JobId>()
      const job = own.get(run) ?? find(minion, run)
      if (job !== undefined) known.set(minion, own.set(run, job))
      return job
    },
    forget(minion, run) {
      if (run !== undefined) known.get(minion)?.delete(run)
      if (run === undefined || known.get(minion)?.size === 0) known.delete(minion)
    },
  }
}
