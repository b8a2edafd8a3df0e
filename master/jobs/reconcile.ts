import type { RunState } from '../../protocol/report.ts'

/** What master and minion know about an unfinished run when the minion connects. */
export interface RunFacts {
  readonly state: RunState
  /** The minion listed the run: it is running or queued there, or its report is pending. */
  readonly known: boolean
  /** An operator cancelled the run. */
  readonly cancelOrdered: boolean
  /** Newer content was sent to the minion, or the minion has content that this master does not know. */
  readonly replaced: boolean
  /** The job has expired. */
  readonly over: boolean
}

/**
 * - `keep`: the minion has the run and continues it, or the run waits for its turn.
 * - `accept`: the minion has the run; only its acknowledgement was lost.
 * - `deliver`: the order did not arrive, or it was queued when the minion restarted: nothing was done.
 * - `supersede`, `expire`, `cancelled`: the same, but the order must not be sent any more.
 * - `lose`: the minion had started the run and no longer knows it.
 */
export type Reconciled = 'keep' | 'accept' | 'deliver' | 'supersede' | 'expire' | 'cancelled' | 'lose'

/** Compares both sides, so that no run stays open without a minion that works on it. Pure. */
export function reconcile({ state, known, cancelOrdered, replaced, over }: RunFacts): Reconciled {
  if (known) return state === 'queued' || state === 'sent' ? 'accept' : 'keep'
  if (state === 'running') return 'lose'
  if (cancelOrdered) return 'cancelled'
  if (replaced) return 'supersede'
  if (over) return 'expire'
  return state === 'queued' ? 'keep' : 'deliver'
}
