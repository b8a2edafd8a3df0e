import type { Problem } from '../../protocol/errors.ts'
import type { RunId } from '../../protocol/ids.ts'
import type { Links } from '../context.ts'
import { shortProblem } from '../store/log/events.ts'
import type { Store } from '../store/open.ts'
import type { Run } from '../store/tables/run-row.ts'

/** What is done about orders that reached their minion too late only by the clock that it reckons for the master. */
export interface ClockRenewal {
  /**
   * True: this answer needs no other step. The first time the connection is renewed, which measures the clock again; when
   * the minion says hello, the order is signed again. A run that goes on is not ended by a cancel that came too late.
   */
  handles(run: Run, problem: Problem): boolean
  /** The run is over, or its minion took it. */
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
