import type { RunState } from '../../protocol/report.ts'
import type { Store } from '../store/open.ts'
import type { Job } from '../store/tables/jobs.ts'
import { targetLabel } from '../target/label.ts'
import { parseTarget } from '../target/parse.ts'
import { namedIds } from '../target/target.ts'
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
  if (runs.length === all.length && !namesHidden(job.target, sees)) return row
  return { ...row, target: targetLabel([...new Set(runs.map(({ minion }) => minion))].sort().join(',')) }
}

/**
 * True when the target names a minion that the caller cannot see, such as an offline one without a run. A shortened label that
 * does not parse as a target counts as naming one. Pure.
 */
function namesHidden(target: string, sees: (minion: string) => boolean): boolean {
  try {
    return namedIds(parseTarget(target)).some(id => !sees(id))
  } catch {
    return true
  }
}
