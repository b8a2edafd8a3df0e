import type { JobId, MinionId, RunId } from '../../protocol/ids.ts'

/**
 * The job of each run that a minion says something of, as long as its link lives: progress comes twice for every state,
 * and must not cost a query each time.
 */
export interface RunOwners {
  /** undefined: it is no run of this minion. */
  jobOf(minion: MinionId, run: RunId): JobId | undefined
  /** The run is over; without `run`, all that is known of the minion. */
  forget(minion: MinionId, run?: RunId): void
}

/** `find` asks the store for the job of a run of this minion. */
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
