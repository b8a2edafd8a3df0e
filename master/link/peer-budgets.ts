import { LIMITS } from '../../protocol/limits.ts'
import { type Rate, TokenBuckets } from './token-buckets.ts'

/** What one key may cause, whatever connections it uses. `loop` is milliseconds of the event loop, the others are counts. */
const RATES = {
  /** Connections that proved the key: each costs writes to the store. */
  session: { burst: 300, perSecond: 0.2 },
  /** What a minion says about itself (hello, grains, boot). */
  about: { burst: LIMITS.announcements, perSecond: 1000 / LIMITS.heartbeatMs },
  /** Questions for the boot highstate: each may cost a compilation. */
  boot: { burst: 3, perSecond: 1 / 60 },
  /** What it says about its runs: each costs a look into the store. */
  news: { burst: 4000, perSecond: 20 },
  /** Progress of states: only for the screen. */
  progress: { burst: 4000, perSecond: 400 },
  /** Offers of reports: each costs a check of a signature. */
  offer: { burst: 2000, perSecond: 100 },
  /** Questions for content that no order names. */
  refusedBlob: { burst: 100, perSecond: 1 },
  loop: { burst: 1000, perSecond: 500 },
} as const satisfies { readonly [kind: string]: Rate }

export type BudgetKind = keyof typeof RATES

/** The budgets of all keys; they survive reconnects. `key` is the fingerprint, `now` milliseconds. */
export class PeerBudgets {
  readonly #buckets = new Map(
    Object.entries(RATES).map(([kind, rate]) => [kind as BudgetKind, new TokenBuckets(rate)] as const),
  )

  /** False when the budget is used up. */
  take(kind: BudgetKind, key: string, now: number): boolean {
    return this.#of(kind).take(key, now)
  }

  /** Takes what was used already. */
  charge(kind: BudgetKind, key: string, now: number, cost: number): void {
    this.#of(kind).charge(key, now, cost)
  }

  /** Milliseconds until the budget has something left; 0: now. */
  waitMs(kind: BudgetKind, key: string, now: number): number {
    return this.#of(kind).waitMs(key, now)
  }

  #of(kind: BudgetKind): TokenBuckets {
    const buckets = this.#buckets.get(kind)
    if (buckets === undefined) throw new TypeError(`there is no budget \`${kind}\``)
    return buckets
  }
}
