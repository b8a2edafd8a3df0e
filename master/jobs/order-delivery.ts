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
  /** Puts work off to the next turn of the event loop. */
  readonly defer: (work: () => void) => void
  /** A run is over. */
  readonly onEnded: (run: Run) => void
}

/** Sends orders: those of a job slice by slice, those that waited for a minion when it comes back. */
export class Deliveries implements OrderDelivery {
  readonly #deps: Deps
  /** Of a job that is being delivered: what is left. */
  readonly #rest = new Map<JobId, readonly RunId[]>()
  /** Jobs that were interrupted, such as by a full disk. */
  readonly #stuck = new Set<JobId>()
  #delayedUntil = ''

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** The first slice now and the rest in later turns. Throws what the first slice throws. */
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
    // Of several applies that wait, only the newest is sent: it replaces the others.
    const [, ...replaced] = applies.toReversed()
    const left = queued.filter(run => !replaced.includes(run))
    forEachOf(left, run => this.deliver([run]))
  }

  /** The orders are on disk in one transaction before the first of them is sent. */
  deliver(runs: readonly Run[]): void {
    const { store, links, orders, news } = this.#deps
    const ready = runs.flatMap(run => {
      if (!links.isOnline(run.minion)) return []
      // The content of a minion only moves forward.
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

  /** Newer content takes its place. `by`: undefined when this master does not know its job. */
  supersede(run: Run, by: JobId | undefined): void {
    const { store, onEnded } = this.#deps
    if (store.runs.supersede(run.id, by, superseded(run.minion, by))) onEnded(run)
  }

  /** Takes up what was interrupted; called from time to time. */
  goOn(): void {
    forEachOf(this.#stuck, job => this.#deliverSlice(job))
  }

  /** What waited for its time until `now` (ISO 8601); called from time to time. */
  deliverDelayed(now: string): void {
    // The clock may have been set back: then what was ordered since comes before the last look.
    if (this.#delayedUntil > now) this.#delayedUntil = now
    forEachOf(this.#deps.store.runs.delayed(this.#delayedUntil), run => this.deliver([run]))
    this.#delayedUntil = now
  }

  #deliverSlice(job: JobId): void {
    const { store, defer } = this.#deps
    const ids = this.#rest.get(job) ?? []
    this.#stuck.add(job)
    // Between two slices a run may have been cancelled, or sent because its minion came back.
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

/** True of a run that its minion has not taken and that nobody cancelled. Pure. */
export function isUnanswered({ state, cancelOrderedAt }: Run): boolean {
  return (state === 'queued' || state === 'sent') && cancelOrderedAt === undefined
}
