import type { RunState } from '../../protocol/report.ts'

/** What master and minion know of one run that has no final state, when the minion connects. */
export interface RunFacts {
  readonly state: RunState
  /** The minion named it: it works on it, has it in line, or keeps a report of it. */
  readonly known: boolean
  /** An operator wants it ended. */
  readonly cancelOrdered: boolean
  /** Newer content was sent to the minion, or the minion has some that this master does not know. */
  readonly replaced: boolean
  /** The time of its job is over. */
  readonly over: boolean
}

/**
 * - `keep`: the minion has it and goes on with it, or it waits for its turn.
 * - `accept`: the minion has it, and only its acknowledgement was lost.
 * - `deliver`: its order did not arrive, or it stood in line when the minion was restarted: nothing of it was done.
 * - `supersede`, `expire`, `cancelled`: the same, and it must not be sent any more.
 * - `lose`: the minion had begun with it and does not know it any more.
 */
export type Reconciled = 'keep' | 'accept' | 'deliver' | 'supersede' | 'expire' | 'cancelled' | 'lose'

/** Compares both sides, so that no run stays open which nobody works on. Pure. */
export function reconcile({ state, known, cancelOrdered, replaced, over }: RunFacts): Reconciled {
  if (known) return state === 'queued' || state === 'sent' ? 'accept' : 'keep'
  if (state === 'running') return 'lose'
  if (cancelOrdered) return 'cancelled'
  if (replaced) return 'supersede'
  if (over) return 'expire'
  return state === 'queued' ? 'keep' : 'deliver'
}
