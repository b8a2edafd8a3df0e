import type { RunState } from '../../protocol/report.ts'
import type { Store } from '../store/open.ts'
import type { Job } from '../store/tables/jobs.ts'
import { targetLabel } from '../target/label.ts'
import { parseTarget } from '../target/parse.ts'
import { namedIds } from '../target/target.ts'
import type { JobRow } from './results.ts'
import { jobRow } from './run-views.ts'

/**
 * A job as somebody sees it who may see some of its minions; undefined when it has none of them. Target words of others may
 * name hidden minions, so the target of a job that has any is the list of those that are visible.
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

/** A minion that was offline has no run, and the target may name it. A label that is no target any more may hide its name. Pure. */
function namesHidden(target: string, sees: (minion: string) => boolean): boolean {
  try {
    return namedIds(parseTarget(target)).some(id => !sees(id))
  } catch {
    return true
  }
}
