import { AppError, type ErrorCode, type Problem, problemsOf } from '../../protocol/errors.ts'
import type { RunId, Sha256 } from '../../protocol/ids.ts'
import type { Run } from '../store/tables/run-row.ts'
import { DELIVERED_AT_ONCE } from './deliveries.ts'
import { forEachOf } from './each.ts'
import type { payloadOf } from './order-payload.ts'

type Payload = NonNullable<ReturnType<typeof payloadOf>>

/** Reads the orders of runs, where one that cannot be read keeps no other from being sent. */
export interface OrderReader {
  /** undefined: nothing to send. A run whose order is damaged in the store ends; any other one is tried again. */
  read(run: Run): Payload | undefined
  /** What its minion may fetch; none of a damaged order: its minion has begun with it, and still reports. */
  blobsOf(run: Run): readonly Sha256[]
  /** Tries again what could not be read; called from time to time. */
  again(): void
}

interface Deps {
  /** Throws what the store throws. */
  readonly payloadOf: (run: Run) => Payload | undefined
  /** Ends the run with this problem. Throws what the store throws. */
  readonly end: (run: Run, problem: Problem) => void
  /** Puts work off to a later turn of the event loop, and tells what it throws. */
  readonly defer: (work: () => void) => void
  /** Reads it once more, to send it or to let its minion fetch what it names. */
  readonly retry: (run: RunId, what: Wanted) => void
}

type Wanted = 'send' | 'allow'

/** What no second try mends: bytes that are not those of their name, and a catalog of another version. */
const DAMAGE: readonly ErrorCode[] = ['STORE_DAMAGED', 'CATALOG_REFUSED']

export function createOrderReader({ payloadOf, end, defer, retry }: Deps): OrderReader {
  const unread = new Map<RunId, Wanted>()
  let isTold = false
  const keep = (run: RunId, wanted: Wanted, thrown: unknown): undefined => {
    unread.set(run, wanted)
    // One of them says it for all until the next try.
    if (isTold) return
    isTold = true
    defer(() => {
      throw thrown
    })
  }
  return {
    read(run) {
      try {
        const payload = payloadOf(run)
        unread.delete(run.id)
        return payload
      } catch (thrown) {
        if (!isDamage(thrown)) return keep(run.id, 'send', thrown)
        try {
          end(run, problemsOf(thrown)[0])
        } catch (error) {
          // For example a full disk: it ends when there is room.
          return keep(run.id, 'send', error)
        }
        unread.delete(run.id)
        return undefined
      }
    },
    blobsOf(run) {
      try {
        return payloadOf(run)?.blobs ?? []
      } catch (thrown) {
        if (!isDamage(thrown)) keep(run.id, 'allow', thrown)
        return []
      }
    },
    again() {
      isTold = false
      const tried = [...unread].slice(0, DELIVERED_AT_ONCE)
      for (const [run] of tried) unread.delete(run)
      forEachOf(tried, ([run, wanted]) => retry(run, wanted))
    },
  }
}

function isDamage(thrown: unknown): boolean {
  return thrown instanceof AppError && DAMAGE.includes(thrown.code)
}

/** True of a run that its minion has not taken and that nobody cancelled. Pure. */
export function isUnanswered({ state, cancelOrderedAt }: Run): boolean {
  return (state === 'queued' || state === 'sent') && cancelOrderedAt === undefined
}
