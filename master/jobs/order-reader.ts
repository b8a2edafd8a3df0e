import type { KeyObject } from 'node:crypto'
import { AppError, type ErrorCode, type Problem, problemsOf } from '../../protocol/errors.ts'
import type { RunId, Sha256 } from '../../protocol/ids.ts'
import { type ApplyPayload, signCatalog } from '../../protocol/order.ts'
import { keyHash } from '../../protocol/signature.ts'
import type { KeyStore } from '../keys/key-store.ts'
import type { CatalogFacts } from '../store/catalogs.ts'
import type { Store } from '../store/open.ts'
import type { Run } from '../store/tables/run-row.ts'
import { forEachOf } from './each.ts'
import { isDryRun, orphanWishOf } from './job-kind.ts'

/**
 * Number of orders that are read, signed and sent in one turn of the event loop. Heartbeats and other verbs run between turns.
 */
export const DELIVERED_AT_ONCE = 20

interface Payload {
  readonly apply: ApplyPayload
  /** Every blob that the order references. */
  readonly blobs: readonly Sha256[]
}

interface Deps {
  readonly store: Pick<Store, 'jobs' | 'blobs' | 'catalogs'>
  readonly keyStore: Pick<KeyStore, 'accepted'>
  readonly master: KeyObject
  readonly fleet: string
  /** Ends the run with this problem. Throws store errors. */
  readonly end: (run: Run, problem: Problem) => void
  /** Defers work to a later turn of the event loop and reports its errors. */
  readonly defer: (work: () => void) => void
  /** Reads the order again, to send it or to let the minion fetch its blobs. */
  readonly retry: (run: RunId, what: Wanted) => void
}

type Wanted = 'send' | 'allow'

/** Errors that a retry cannot fix: a blob that does not match its hash, or a catalog of another version. */
const DAMAGE: readonly ErrorCode[] = ['STORE_DAMAGED', 'CATALOG_REFUSED']

/** Reads the orders of runs; an unreadable order does not block the others. */
export class OrderReader {
  readonly #deps: Deps
  readonly #unread = new Map<RunId, Wanted>()
  #isTold = false

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /**
   * undefined: nothing to send, such as to a minion that has no accepted key any more. A run whose order is damaged in the
   * store ends; any other one is tried again.
   */
  read(run: Run): Payload | undefined {
    const { store, keyStore, master, fleet } = this.#deps
    try {
      const key = keyStore.accepted(run.minion)
      const job = store.jobs.head(run.job)
      const catalog = store.catalogs.facts(run.catalog)
      const box = run.box === undefined ? undefined : store.blobs.ref(run.box)
      this.#unread.delete(run.id)
      if (key === undefined || job === undefined || catalog === undefined) return undefined
      const { generation } = run
      const orphans = orphanWishOf(job)
      const minionKey = keyHash(key.key)
      const sealed = box === undefined ? {} : { box: box.sha256 }
      const apply = {
        kind: 'apply',
        test: isDryRun(job),
        origin: job.origin === 'boot' ? 'boot' : 'order',
        catalog: { sha256: run.catalog, size: catalog.size },
        ...(box === undefined ? {} : { box }),
        generation,
        signature: signCatalog(master, { fleet, minionKey, catalog: run.catalog, generation, ...sealed }),
        ...(orphans === undefined ? {} : { orphans }),
      } as const
      return { apply, blobs: namedBy(run, catalog) }
    } catch (thrown) {
      return this.#unreadable(run, thrown)
    }
  }

  /**
   * Lists the blobs that the minion may fetch. Empty for a damaged order: the minion has already started the run and will still
   * report.
   */
  blobsOf(run: Run): readonly Sha256[] {
    try {
      const catalog = this.#deps.store.catalogs.facts(run.catalog)
      return catalog === undefined ? [] : namedBy(run, catalog)
    } catch (thrown) {
      if (!isDamage(thrown)) this.#keep(run, 'allow', thrown)
      return []
    }
  }

  /** Retries unreadable orders; called periodically. */
  again(): void {
    this.#isTold = false
    const tried = [...this.#unread].slice(0, DELIVERED_AT_ONCE)
    for (const [run] of tried) this.#unread.delete(run)
    forEachOf(tried, ([run, wanted]) => this.#deps.retry(run, wanted))
  }

  #unreadable(run: Run, thrown: unknown): undefined {
    if (!isDamage(thrown)) return this.#keep(run, 'send', thrown)
    try {
      this.#deps.end(run, problemsOf(thrown)[0])
    } catch (error) {
      // For example a full disk: the run ends when there is space.
      return this.#keep(run, 'send', error)
    }
    this.#unread.delete(run.id)
  }

  #keep(run: Run, wanted: Wanted, thrown: unknown): undefined {
    this.#unread.set(run.id, wanted)
    // Report only one error until the next retry.
    if (this.#isTold) return
    this.#isTold = true
    this.#deps.defer(() => {
      throw thrown
    })
  }
}

function isDamage(thrown: unknown): boolean {
  return thrown instanceof AppError && DAMAGE.includes(thrown.code)
}

/** Every blob that the order of a run names. Pure. */
function namedBy({ catalog, box }: Run, { blobs }: CatalogFacts): readonly Sha256[] {
  return [catalog, ...(box === undefined ? [] : [box]), ...blobs]
}
