import type { JobId, MinionId, RunId } from '../../protocol/ids.ts'
import type { Links } from '../context.ts'
import type { Store } from '../store/open.ts'
import type { Run } from '../store/tables/run-row.ts'
import type { JobNews, OrderDelivery } from './dispatcher-port.ts'
import { forEachOf } from './each.ts'
import { DELIVERED_AT_ONCE, type OrderReader } from './order-reader.ts'
import { superseded } from './run-problems.ts'

interface Deps {
  readonly store: Store
  readonly links: Links
  readonly orders: Pick<OrderReader, 'read'>
  readonly news: JobNews
  /** Defers work to the next turn of the event loop. */
  readonly defer: (work: () => void) => void
  /** Called when a run has ended. */
  readonly onEnded: (run: Run) => void
}

/** Sends orders: those of a job in slices, queued ones when their minion comes back online. */
export class Deliveries implements OrderDelivery {
  readonly #deps: Deps
  /** Undelivered runs of each job that is being delivered. */
  readonly #rest = new Map<JobId, readonly RunId[]>()
  /** Jobs whose delivery was interrupted, for example by a full disk. */
  readonly #stuck = new Set<JobId>()
  #delayedUntil = ''

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** Sends the first slice now and the rest in later turns of the event loop. Throws what the first slice throws. */
  deliverJob(job: JobId): void {
    const isOnItsWay = this.#rest.has(job) && !this.#stuck.has(job)
    this.#rest.set(job, this.#deps.store.runs.unsent(job))
    if (!isOnItsWay) this.#deliverSlice(job)
  }

  deliverMinion(minion: MinionId): void {
    const { store } = this.#deps
    this.#sendCancels(minion)
    const queued = store.runs.toDeliver({ minion }).filter(({ state }) => state === 'queued')
    const applies = queued.filter(({ id }) => store.replacements.isApply(id))
    // Of several pending applies, send only the newest: it supersedes the others.
    const [, ...replaced] = applies.toReversed()
    const left = queued.filter(run => !replaced.includes(run))
    forEachOf(left, run => this.deliver([run]))
  }

  /** Sends orders after all of them were committed in one transaction. */
  deliver(runs: readonly Run[]): void {
    const { store, links, orders, news } = this.#deps
    const ready = runs.flatMap(run => {
      if (!links.isOnline(run.minion)) return []
      // Never send older content after newer content.
      const newer = store.replacements.newerSent(run)
      const payload = newer === undefined ? orders.read(run) : undefined
      return newer === undefined && payload === undefined ? [] : [{ run, newer, payload }]
    })
    if (ready.length === 0) return
    const numbered = store.together(() =>
      ready.map(one => ({ ...one, sequence: one.newer === undefined ? store.runs.send(one.run.id) : undefined })),
    )
    forEachOf(numbered, ({ run, newer, payload, sequence }) => {
      if (newer !== undefined) this.supersede(run, newer.job)
      if (payload === undefined || sequence === undefined) return
      const { id, job, minion } = run
      links.allow(minion, payload.blobs)
      links.order(minion, { run: id, job, sequence, payload: payload.apply })
      news.emit('news', { type: 'moved', run: id, job })
      for (const older of store.replacements.olderQueued(run)) this.supersede(older, job)
    })
  }

  /** Ends a run because newer content replaces it. `by`: undefined when this master does not know the newer job. */
  supersede(run: Run, by: JobId | undefined): void {
    const { store, onEnded } = this.#deps
    if (store.runs.supersede(run.id, by, superseded(run.minion, by))) onEnded(run)
  }

  /** Resumes interrupted deliveries; called periodically. */
  goOn(): void {
    forEachOf(this.#stuck, job => this.#deliverSlice(job))
  }

  /** Delivers runs that were delayed until `now` (ISO 8601) or earlier; called periodically. */
  deliverDelayed(now: string): void {
    // If the clock was set back, new orders may be older than the last check.
    if (this.#delayedUntil > now) this.#delayedUntil = now
    forEachOf(this.#deps.store.runs.delayed(this.#delayedUntil), run => this.deliver([run]))
    this.#delayedUntil = now
  }

  #deliverSlice(job: JobId): void {
    const { store, defer } = this.#deps
    const ids = this.#rest.get(job) ?? []
    this.#stuck.add(job)
    // Between two slices, a run may have been cancelled, or sent because its minion reconnected.
    const waiting = ids.slice(0, DELIVERED_AT_ONCE).flatMap(id => {
      const run = store.runs.get(id)
      return run?.state === 'queued' && isUnanswered(run) ? [run] : []
    })
    this.deliver(waiting)
    this.#stuck.delete(job)
    const left = ids.slice(DELIVERED_AT_ONCE)
    if (left.length === 0) return void this.#rest.delete(job)
    this.#rest.set(job, left)
    defer(() => this.#deliverSlice(job))
  }

  #sendCancels(minion: MinionId): void {
    const { store, links } = this.#deps
    for (const { id, job, state } of store.runs.toCancel(minion)) {
      if (state === 'queued' || !links.isOnline(minion)) continue
      const sequence = store.runs.sendCancel(id)
      if (sequence !== undefined) links.order(minion, { run: id, job, sequence, payload: { kind: 'cancel' } })
    }
  }
}

/** True for a run that its minion has not accepted and that was not cancelled. Pure. */
export function isUnanswered({ state, cancelOrderedAt }: Run): boolean {
  return (state === 'queued' || state === 'sent') && cancelOrderedAt === undefined
}
