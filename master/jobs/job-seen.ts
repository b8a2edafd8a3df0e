import type { RunState } from '../../protocol/report.ts'
import { targetSeen } from '../access/target-seen.ts'
import type { Store } from '../store/open.ts'
import type { Job } from '../store/tables/jobs.ts'
import type { JobRow } from './results.ts'
import { jobRow } from './run-views.ts'

/**
 * Returns a job as seen by a caller who may see only some minions; undefined when they see none of its minions. A target may
 * name hidden minions, so a job with hidden minions shows the list of visible ones as its target.
 */
export function jobSeen(store: Pick<Store, 'runs'>, job: Job, sees: (minion: string) => boolean): JobRow | undefined {
  const all = store.runs.ofJob(job.id)
  const runs = all.filter(({ minion }) => sees(minion))
  if (runs.length === 0) return undefined
  const counts = new Map<RunState, number>()
  for (const { state } of runs) counts.set(state, (counts.get(state) ?? 0) + 1)
  const row = { ...jobRow(job), runs: Object.fromEntries(counts) }
  const minions = all.map(({ minion }) => minion)
  return { ...row, target: targetSeen(job.target, minions, sees) }
}
