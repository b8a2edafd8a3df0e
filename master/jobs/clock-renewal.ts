import type { Problem } from '../../protocol/errors.ts'
import type { RunId } from '../../protocol/ids.ts'
import type { Links } from '../context.ts'
import { shortProblem } from '../store/log/events.ts'
import type { Store } from '../store/open.ts'
import type { Run } from '../store/tables/run-row.ts'

/** Handles orders that a minion refused as expired only because its estimate of the master's clock is wrong. */
export interface ClockRenewal {
  /**
   * True: the refusal needs no further handling. The first one of a run renews the connection, which measures the clock again;
   * the order is signed again after the minion's next hello. A cancel that arrived too late does not end a run in progress.
   */
  handles(run: Run, problem: Problem): boolean
  /** Forgets a run that is over. */
  forget(run: RunId): void
}

export function createClockRenewal({
  store,
  links,
}: {
  readonly store: Pick<Store, 'log'>
  readonly links: Pick<Links, 'disconnect'>
}): ClockRenewal {
  const renewed = new Set<RunId>()
  return {
    handles({ id: run, minion, state }, problem) {
      if (problem.code !== 'ORDER_EXPIRED') return false
      if (renewed.has(run)) return state !== 'sent'
      renewed.add(run)
      store.log.append({ type: 'minion-clock-differed', minion, run, problem: shortProblem(problem) })
      links.disconnect(minion, 'its estimate of the clock of the master is wrong: it must reconnect')
      return true
    },
    forget: run => void renewed.delete(run),
  }
}
