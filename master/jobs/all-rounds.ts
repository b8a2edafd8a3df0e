import type { JobId, RunId } from '../../protocol/ids.ts'
import type { Report, StateResult } from '../../protocol/report.ts'
import type { Store } from '../store/open.ts'
import type { Run } from '../store/tables/run-row.ts'
import type { ApplyResult, RunOutcome } from './results.ts'
import { totalOf } from './round-totals.ts'
import { outcomesOf } from './run-views.ts'
import { createSlowest } from './slowest.ts'

/** What is wanted of a job besides its notable states. */
export interface RoundsWish {
  readonly unchanged?: boolean
  /** So many of the states that took longest. */
  readonly slowest?: number
  /** Outcomes from when the runs ended: their reports are not read again, unless more of them is wanted. */
  readonly outcomes?: ReadonlyMap<RunId, RunOutcome>
}

type StateRound = Pick<StateResult, 'key' | 'outcome'>

/**
 * The runs of a job. Of a minion that was applied in several rounds: the last run, those before it, and all of them as one.
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
    // Of a large fleet nothing more is kept than what is summed.
    if ((rounds.get(minion) ?? 0) > 1)
      states.set(
        id,
        results.map(({ key, outcome }) => ({ key, outcome })),
      )
  }
  // The others are summed, or more of them is wanted than was kept.
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
