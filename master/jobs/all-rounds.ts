import type { JobId, RunId } from '../../protocol/ids.ts'
import type { Report, StateResult } from '../../protocol/report.ts'
import type { Store } from '../store/open.ts'
import type { Run } from '../store/tables/run-row.ts'
import type { ApplyResult, RunOutcome } from './results.ts'
import { totalOf } from './round-totals.ts'
import { outcomesOf } from './run-views.ts'
import { createSlowest } from './slowest.ts'

/** What to return of a job in addition to its notable states. */
export interface RoundsWish {
  readonly unchanged?: boolean
  /** Number of slowest states to return. */
  readonly slowest?: number
  /** Outcomes recorded when the runs ended, so their reports are not read again unless more detail is needed. */
  readonly outcomes?: ReadonlyMap<RunId, RunOutcome>
}

type StateRound = Pick<StateResult, 'key' | 'outcome'>

/**
 * Collects the runs of a job. For a minion that was applied in several rounds: its last run, its earlier runs, and their total.
 */
export async function allRounds(
  store: Pick<Store, 'jobs' | 'runs' | 'reports'>,
  job: JobId,
  { unchanged = false, slowest = 0, outcomes }: RoundsWish = {},
): Promise<Pick<ApplyResult, 'runs' | 'earlier' | 'totals' | 'slowest'>> {
  const rounds = new Map<string, number>()
  for (const { minion } of store.runs.ofJob(job)) rounds.set(minion, (rounds.get(minion) ?? 0) + 1)
  const states = new Map<string, readonly StateRound[]>()
  const slow = createSlowest()
  const look = ({ id, minion }: Run, { results }: Report): void => {
    if (slowest > 0) slow.take(minion, results)
    // Keep only what is summed, for large fleets.
    if ((rounds.get(minion) ?? 0) > 1)
      states.set(
        id,
        results.map(({ key, outcome }) => ({ key, outcome })),
      )
  }
  // Other runs are summed, or need more than was recorded.
  const known = ({ id, minion }: Run): RunOutcome | undefined =>
    rounds.get(minion) === 1 && !unchanged && slowest === 0 ? outcomes?.get(id) : undefined
  const runs = await outcomesOf(store, job, { look, unchanged, known })
  const most = slowest === 0 ? {} : { slowest: slow.most(slowest) }
  const inOrder = runs.toSorted((a, b) => a.wave - b.wave)
  const last = new Map(inOrder.map(run => [run.minion, run]))
  const { kept = [], earlier = [] } = Object.groupBy(runs, run => (last.get(run.minion) === run ? 'kept' : 'earlier'))
  if (earlier.length === 0) return { runs: kept, ...most }
  const again = new Set(earlier.map(({ minion }) => minion))
  const ofMinions = Map.groupBy(
    inOrder.filter(({ minion }) => again.has(minion)),
    ({ minion }) => minion,
  )
  const totals = [...ofMinions.values()].map(ofMinion =>
    totalOf(ofMinion.map(run => ({ run, states: states.get(run.run) ?? run.results }))),
  )
  return { runs: kept, earlier, totals, ...most }
}
