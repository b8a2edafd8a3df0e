import type { KeyObject } from 'node:crypto'
import { EventEmitter } from 'node:events'
import type { Problem } from '../../protocol/errors.ts'
import type { JobId, MinionId, RunId } from '../../protocol/ids.ts'
import type { Links } from '../context.ts'
import type { KeyStore } from '../keys/key-store.ts'
import type { Commits } from '../store/commits.ts'
import type { Store } from '../store/open.ts'
import type { DeliveredReport } from '../store/tables/reports.ts'
import type { Run } from '../store/tables/run-row.ts'
import { type ClockRenewal, createClockRenewal } from './clock-renewal.ts'
import type { Dispatcher, Hello, JobNews, Progress, RunNews } from './dispatcher-port.ts'
import { forEachOf } from './each.ts'
import { Deliveries, isUnanswered } from './order-delivery.ts'
import { OrderReader } from './order-reader.ts'
import { reconcile } from './reconcile.ts'
import { ownRun, RunMoves } from './run-moves.ts'
import { createRunOwners, type RunOwners } from './run-owners.ts'
import { abandoned, lost } from './run-problems.ts'

interface Deps {
  readonly store: Store
  readonly links: Links
  readonly keyStore: Pick<KeyStore, 'accepted'>
  readonly master: KeyObject
  readonly fleet: string
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Defers work to a later turn of the event loop and handles its errors. Absent: work runs at once. */
  readonly defer?: (work: () => void) => void
  /** Shared transactions for what minions report. Absent: each is committed at once. */
  readonly commits?: Pick<Commits, 'add'>
}

/** How long a minion must be offline before a run that it accepted is given up, once the job has expired. */
export const ABANDONED_AFTER_MS = 3_600_000
const ABANDONED_LOOK_MS = 60_000

/** Codes with which a minion answers a cancel of a run that it has not started or does not have. */
const CANCELLED: ReadonlySet<string> = new Set(['RUN_CANCELLED', 'RUN_UNKNOWN'])

/** Implements Dispatcher. Every run ends: here, or with the report of its minion. */
export class RunDispatcher implements Dispatcher {
  readonly news: JobNews = new EventEmitter<{ news: [RunNews] }>().setMaxListeners(0)
  readonly moves: RunMoves
  readonly delivery: Deliveries
  readonly #deps: Deps
  readonly #commits: Pick<Commits, 'add'>
  readonly #orders: OrderReader
  readonly #owners: RunOwners
  readonly #clocks: ClockRenewal
  readonly #startedMs: number
  #lookedMs: number

  constructor(deps: Deps) {
    const { store, links, keyStore, master, fleet, defer = work => work() } = deps
    this.#deps = deps
    this.#commits = deps.commits ?? commitsAtOnce(store)
    this.#startedMs = deps.now()
    this.#lookedMs = this.#startedMs
    this.#clocks = createClockRenewal({ store, links })
    this.#owners = createRunOwners((minion, run) => ownRun(store, minion, run)?.job)
    this.moves = new RunMoves({ store, commits: this.#commits, news: this.news })
    this.#orders = new OrderReader({
      store,
      keyStore,
      master,
      fleet,
      defer,
      end: (run, problem) => {
        if (store.runs.lose(run.id, problem) || store.runs.expire(run.id, problem)) defer(() => this.#ended(run))
      },
      retry: (id, wanted) => {
        const run = store.runs.get(id)
        if (run === undefined || !links.isOnline(run.minion)) return
        if (wanted === 'allow') links.allow(run.minion, this.#orders.blobsOf(run))
        else if (isUnanswered(run)) this.delivery.deliver([run])
      },
    })
    const onEnded = (run: Run): void => this.#ended(run)
    this.delivery = new Deliveries({ store, links, orders: this.#orders, news: this.news, defer, onEnded })
  }

  hello(minion: MinionId, hello: Hello): void {
    this.moves.flush()
    this.#compare(minion, hello)
    this.delivery.deliverMinion(minion)
  }

  refused(minion: MinionId, id: RunId, problem: Problem): void {
    const { store } = this.#deps
    this.moves.flush()
    const run = ownRun(store, minion, id)
    if (run === undefined) return
    if (this.#clocks.handles(run, problem)) return
    if (problem.code === 'RUN_SUPERSEDED') {
      return this.delivery.supersede(run, store.replacements.newerSent(run)?.job)
    }
    const isCancelled = run.cancelOrderedAt !== undefined && CANCELLED.has(problem.code)
    if (isCancelled ? store.runs.cancel(id, `minion ${minion}`) : store.runs.refuse(id, problem)) this.#ended(run)
  }

  progress(minion: MinionId, progress: Progress): void {
    const { run } = progress
    const job = this.#owners.jobOf(minion, run)
    if (job !== undefined) this.news.emit('news', { type: 'progress', run, job, progress })
  }

  report(delivered: DeliveredReport, after: (result: () => void) => void = result => result()): void {
    const { store } = this.#deps
    this.#commits.add(
      () => (store.reports.save(delivered).fresh ? store.runs.get(delivered.run) : undefined),
      result =>
        after(() => {
          const run = result()
          if (run !== undefined) this.#ended(run)
        }),
    )
  }

  reportRefused(minion: MinionId, id: RunId, problem: Problem): void {
    const { store } = this.#deps
    const run = ownRun(store, minion, id)
    if (run !== undefined && store.runs.lose(id, problem)) this.#ended(run)
  }

  announce(job: JobId): void {
    this.news.emit('news', { type: 'job', job })
    this.delivery.deliverJob(job)
  }

  linkChanged(minion: MinionId): void {
    this.#owners.forget(minion)
    this.news.emit('news', { type: 'link', minion })
  }

  lookAtTimes(): void {
    const { store, now } = this.#deps
    const steps = [
      () => this.moves.flush(),
      () => this.delivery.deliverDelayed(new Date(now()).toISOString()),
      () =>
        forEachOf(store.runs.expireDue(), id => {
          const run = store.runs.get(id)
          if (run !== undefined) this.#ended(run)
        }),
      () => this.#orders.again(),
      () => this.delivery.goOn(),
      () => this.#expireAbandoned(),
    ]
    // A failure must not block other orders or the next step.
    forEachOf(steps, step => step())
  }

  /** Ends a run. The rest of the job is delivered only when a wave may be over. */
  #ended({ id: run, job, minion, wave }: Run): void {
    this.#owners.forget(minion, run)
    this.#clocks.forget(run)
    this.news.emit('news', { type: 'moved', run, job })
    const lowest = this.#deps.store.runs.lowestOpenWave(job)
    if (lowest !== undefined && lowest > wave) this.delivery.deliverJob(job)
  }

  /** Compares the runs that master and minion know: a run unknown to one side ends or moves to its next step. */
  #compare(minion: MinionId, hello: Hello): void {
    const { store, links } = this.#deps
    const known = new Set(hello.runs)
    const again: Run[] = []
    for (const run of store.runs.open(minion)) {
      if (this.#compareRun(run, known.has(run.id), hello) === 'deliver') again.push(run)
      // A new connection may not fetch any blobs yet, and the old one may have been lost during a fetch.
      if (known.has(run.id)) links.allow(minion, this.#orders.blobsOf(run))
    }
    forEachOf(again, run => this.delivery.deliver([run]))
    // For example, a restored master cancelled a run that the minion still has.
    for (const id of known) {
      const run = ownRun(store, minion, id)
      if (run?.state !== 'cancelled' || run.report !== undefined) continue
      const sequence = store.runs.sendLateCancel(id)
      if (sequence !== undefined) links.order(minion, { run: id, job: run.job, sequence, payload: { kind: 'cancel' } })
    }
  }

  #compareRun(run: Run, known: boolean, hello: Hello): ReturnType<typeof reconcile> {
    const { store, now } = this.#deps
    const { id, job, minion } = run
    const newer = store.replacements.newerSent(run)
    const unknown = (hello.generation ?? 0) > run.generation && store.replacements.isApply(id)
    const expiresAt = store.jobs.head(job)?.expiresAt
    const step = reconcile({
      state: run.state,
      known,
      cancelOrdered: run.cancelOrderedAt !== undefined,
      replaced: newer !== undefined || unknown,
      over: expiresAt === undefined || Date.parse(expiresAt) <= now(),
    })
    switch (step) {
      case 'accept':
        if (store.runs.accept(id)) this.news.emit('news', { type: 'moved', run: id, job })
        break
      case 'supersede':
        this.delivery.supersede(run, newer?.job)
        break
      case 'expire':
        if (store.runs.expire(id)) this.#ended(run)
        break
      case 'cancelled':
        if (store.runs.cancel(id, `minion ${minion}`)) this.#ended(run)
        break
      case 'lose':
        if (store.runs.lose(id, lost(minion))) this.#ended(run)
        break
      case 'deliver':
      case 'keep':
        break
      default:
        step satisfies never
    }
    return step
  }

  #expireAbandoned(): void {
    const { store, now } = this.#deps
    const nowMs = now()
    // After a start of the master, give the minions time to reconnect.
    if (nowMs - this.#startedMs < ABANDONED_AFTER_MS || Math.abs(nowMs - this.#lookedMs) < ABANDONED_LOOK_MS) return
    this.#lookedMs = nowMs
    for (const run of store.runs.abandoned(nowMs - ABANDONED_AFTER_MS)) {
      const { lastSeenAt } = store.minions.get(run.minion) ?? {}
      if (store.runs.expire(run.id, abandoned(run.minion, lastSeenAt))) this.#ended(run)
    }
  }
}

function commitsAtOnce(store: Pick<Store, 'together'>): Pick<Commits, 'add'> {
  return {
    add: (work, after) => {
      const value = store.together(work)
      after(() => value)
    },
  }
}
