import { LIMITS } from '../../protocol/limits.ts'
import { type Rate, TokenBuckets } from './token-buckets.ts'

/** Limits per key, across all its connections. `loop` is milliseconds of the event loop, the others are counts. */
const RATES = {
  /** Connections that proved the key: each costs writes to the store. */
  session: { burst: 300, perSecond: 0.2 },
  /** Announcements of a minion about itself (hello, grains, boot). */
  about: { burst: LIMITS.announcements, perSecond: 1000 / LIMITS.heartbeatMs },
  /** Requests for the boot highstate: each may cost a compile. */
  boot: { burst: 3, perSecond: 1 / 60 },
  /** Messages about its runs: each costs a store lookup. */
  news: { burst: 4000, perSecond: 20 },
  /** Progress of states, which is only displayed. */
  progress: { burst: 4000, perSecond: 400 },
  /** Report offers: each costs a signature check. */
  offer: { burst: 2000, perSecond: 100 },
  /** Requests for blobs that no order references. */
  refusedBlob: { burst: 100, perSecond: 1 },
  loop: { burst: 1000, perSecond: 500 },
} as const satisfies { readonly [kind: string]: Rate }

/** More than minions of one master: dropping keys costs more than keeping them. */
const MOST_KEYS = 50_000

export type BudgetKind = keyof typeof RATES

/** The budgets of all keys; they survive reconnects. `key` is the fingerprint, `now` milliseconds. */
export class PeerBudgets {
  readonly #buckets = new Map(
    Object.entries(RATES).map(([kind, rate]) => [kind as BudgetKind, new TokenBuckets(rate, MOST_KEYS)] as const),
  )

  /** Takes from the budget; false when it is used up. */
  take(kind: BudgetKind, key: string, now: number): boolean {
    return this.#of(kind).take(key, now)
  }

  /** Charges a cost that has already been spent. */
  charge(kind: BudgetKind, key: string, now: number, cost: number): void {
    this.#of(kind).charge(key, now, cost)
  }

  /** Returns the milliseconds until the budget has something left; 0 means now. */
  waitMs(kind: BudgetKind, key: string, now: number): number {
    return this.#of(kind).waitMs(key, now)
  }

  #of(kind: BudgetKind): TokenBuckets {
    const buckets = this.#buckets.get(kind)
    if (buckets === undefined) throw new TypeError(`there is no budget \`${kind}\``)
    return buckets
  }
}
