import type { KeyObject } from 'node:crypto'
import type { JobId, MinionId, RunId } from '../../protocol/ids.ts'
import type { Links } from '../context.ts'
import type { KeyStore } from '../keys/key-store.ts'
import type { Store } from '../store/open.ts'
import type { Run } from '../store/tables/run-row.ts'
import { createClockRenewal } from './clock-renewal.ts'
import { createJobDeliveries } from './deliveries.ts'
import type { Dispatcher, Hello, RunNews } from './dispatcher-port.ts'
import { forEachOf } from './each.ts'
import { payloadOf } from './order-payload.ts'
import { createOrderReader, isUnanswered } from './order-reader.ts'
import { reconcile } from './reconcile.ts'
import { createRunMoves } from './run-moves.ts'
import { createRunOwners } from './run-owners.ts'
import { abandoned, lost, superseded } from './run-problems.ts'

interface Deps {
  readonly store: Store
  readonly links: Links
  readonly keyStore: Pick<KeyStore, 'accepted'>
  readonly master: KeyObject
  readonly fleet: string
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Puts work off to a later turn of the event loop, and survives what it throws; absent: everything is done at once. */
  readonly defer?: (work: () => void) => void
}

/** A run that its minion took is given up when the minion has been offline for so long and the time of the job is over. */
export const ABANDONED_AFTER_MS = 3_600_000
const ABANDONED_LOOK_MS = 60_000

/** What a minion answers to a cancel of a run that it has not begun, or does not have. */
const CANCELLED: ReadonlySet<string> = new Set(['RUN_CANCELLED', 'RUN_UNKNOWN'])

export function createDispatcher(deps: Deps): Dispatcher {
  const { store, links, defer = work => work() } = deps
  const listeners = new Set<(news: RunNews) => void>()
  const tell = (news: RunNews): void => {
    for (const listener of listeners) listener(news)
  }
  const moved = ({ id: run, job }: Run): void => tell({ type: 'moved', run, job })
  const clocks = createClockRenewal({ store, links })
  /** What waits in the job is looked at only when a wave may be over. */
  const ended = (run: Run): void => {
    owners.forget(run.minion, run.id)
    clocks.forget(run.id)
    moved(run)
    const lowest = store.runs.lowestOpenWave(run.job)
    if (lowest !== undefined && lowest > run.wave) deliveries.begin(run.job)
  }
  /** A run of the minion that said so: a minion can only speak for its own runs. */
  const own = (minion: MinionId, id: RunId): Run | undefined => {
    const run = store.runs.get(id)
    return run?.minion === minion ? run : undefined
  }
  const owners = createRunOwners((minion, run) => own(minion, run)?.job)
  const moves = createRunMoves({ store, defer, own, moved })
  const supersede = (run: Run, by: JobId | undefined): void => {
    if (store.runs.supersede(run.id, by, superseded(run.minion, by))) ended(run)
  }
  const orders = createOrderReader({
    payloadOf: run => payloadOf(deps, run),
    end: (run, problem) => {
      if (store.runs.lose(run.id, problem) || store.runs.expire(run.id, problem)) defer(() => ended(run))
    },
    defer,
    retry: (id, wanted) => {
      const run = store.runs.get(id)
      if (run === undefined || !links.isHere(run.minion)) return
      if (wanted === 'allow') links.allow(run.minion, orders.blobsOf(run))
      else if (isUnanswered(run)) deliver(run)
    },
  })
  /** The orders are on disk in one transaction before the first of them is sent. */
  const deliverAll = (runs: readonly Run[]): void => {
    const ready = runs.flatMap(run => {
      if (!links.isHere(run.minion)) return []
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
      if (newer !== undefined) supersede(run, newer.job)
      if (payload === undefined || sequence === undefined) return
      links.allow(run.minion, payload.blobs)
      links.order(run.minion, { run: run.id, job: run.job, sequence, payload: payload.apply })
      moved(run)
      for (const older of store.replacements.olderQueued(run)) supersede(older, run.job)
    })
  }
  const deliver = (run: Run): void => deliverAll([run])
  const deliveries = createJobDeliveries({
    unsent: job => store.runs.unsent(job),
    // Between two slices a run may have been cancelled, or sent because its minion came back.
    deliver: ids =>
      deliverAll(
        ids.flatMap(id => {
          const run = store.runs.get(id)
          return run?.state === 'queued' && isUnanswered(run) ? [run] : []
        }),
      ),
    defer,
  })
  const sendCancels = (minion: MinionId): void => {
    for (const run of store.runs.toCancel(minion)) {
      if (run.state === 'queued' || !links.isHere(minion)) continue
      const sequence = store.runs.sendCancel(run.id)
      if (sequence !== undefined)
        links.order(minion, { run: run.id, job: run.job, sequence, payload: { kind: 'cancel' } })
    }
  }
  const deliverMinion = (minion: MinionId): void => {
    sendCancels(minion)
    const queued = store.runs.toDeliver({ minion }).filter(({ state }) => state === 'queued')
    const applies = queued.filter(({ id }) => store.replacements.isApply(id))
    // Of several applies that wait, only the newest is sent: it replaces the others.
    const [, ...replaced] = applies.toReversed()
    const left = queued.filter(run => !replaced.includes(run))
    forEachOf(left, deliver)
  }
  /** Both sides are compared: whatever one of them does not know comes to an end, or to its next step. */
  const compare = (minion: MinionId, hello: Hello): void => {
    const known = new Set(hello.runs)
    const open = store.runs.open(minion)
    const again: Run[] = []
    for (const run of open) {
      const newer = store.replacements.newerSent(run)
      const unknown = (hello.generation ?? 0) > run.generation && store.replacements.isApply(run.id)
      const expiresAt = store.jobs.head(run.job)?.expiresAt
      const step = reconcile({
        state: run.state,
        known: known.has(run.id),
        cancelOrdered: run.cancelOrderedAt !== undefined,
        replaced: newer !== undefined || unknown,
        over: expiresAt === undefined || Date.parse(expiresAt) <= deps.now(),
      })
      switch (step) {
        case 'accept':
          if (store.runs.accept(run.id)) moved(run)
          break
        case 'deliver':
          again.push(run)
          break
        case 'supersede':
          supersede(run, newer?.job)
          break
        case 'expire':
          if (store.runs.expire(run.id)) ended(run)
          break
        case 'cancelled':
          if (store.runs.cancel(run.id, `minion ${minion}`)) ended(run)
          break
        case 'lose':
          if (store.runs.lose(run.id, lost(minion))) ended(run)
          break
        case 'keep':
          break
        default:
          step satisfies never
      }
      // A new connection may fetch nothing yet, and the cut may have come while it fetched.
      if (known.has(run.id)) links.allow(minion, orders.blobsOf(run))
    }
    forEachOf(again, deliver)
    // For example of a master that was rolled back: it ended here what the minion still has.
    for (const id of known) {
      const run = own(minion, id)
      if (run?.state !== 'cancelled' || run.report !== undefined) continue
      const sequence = store.runs.sendLateCancel(id)
      if (sequence !== undefined) links.order(minion, { run: id, job: run.job, sequence, payload: { kind: 'cancel' } })
    }
  }
  let delayedUntil = ''
  const startedMs = deps.now()
  let lookedMs = startedMs
  const expireAbandoned = (): void => {
    const nowMs = deps.now()
    // After a start of the master the minions need their time to come back.
    if (nowMs - startedMs < ABANDONED_AFTER_MS || Math.abs(nowMs - lookedMs) < ABANDONED_LOOK_MS) return
    lookedMs = nowMs
    for (const run of store.runs.abandoned(nowMs - ABANDONED_AFTER_MS)) {
      const { lastSeenAt } = store.minions.get(run.minion) ?? {}
      if (store.runs.expire(run.id, abandoned(run.minion, lastSeenAt))) ended(run)
    }
  }
  return {
    deliverJob: job => deliveries.begin(job),
    deliverMinion,
    hello(minion, hello) {
      moves.flush()
      store.minions.saveGrains(minion, hello.grains)
      compare(minion, hello)
      deliverMinion(minion)
    },
    accepted: (minion, run) => moves.add({ type: 'accepted', minion, run }),
    refused(minion, id, problem) {
      moves.flush()
      const run = own(minion, id)
      if (run === undefined) return
      if (clocks.handles(run, problem)) return
      if (problem.code === 'RUN_SUPERSEDED') return supersede(run, store.replacements.newerSent(run)?.job)
      const isCancelled = run.cancelOrderedAt !== undefined && CANCELLED.has(problem.code)
      if (isCancelled ? store.runs.cancel(id, `minion ${minion}`) : store.runs.refuse(id, problem)) ended(run)
    },
    running: (minion, run, states) => moves.add({ type: 'running', minion, run, states }),
    progress(minion, progress) {
      const job = owners.jobOf(minion, progress.run)
      if (job !== undefined) tell({ type: 'progress', run: progress.run, job, progress })
    },
    report(delivered) {
      moves.flush()
      const saved = store.reports.save(delivered)
      const run = saved.fresh ? store.runs.get(delivered.run) : undefined
      if (run !== undefined) ended(run)
    },
    reportRefused(minion, id, problem) {
      const run = own(minion, id)
      if (run !== undefined && store.runs.lose(id, problem)) ended(run)
    },
    announce(job) {
      tell({ type: 'job', job })
      deliveries.begin(job)
    },
    linkChanged(minion) {
      owners.forget(minion)
      tell({ type: 'link', minion })
    },
    lookAtTimes() {
      const now = new Date(deps.now()).toISOString()
      const deliverDelayed = (): void => {
        // The clock may have been set back: then what was ordered since comes before the last look.
        if (delayedUntil > now) delayedUntil = now
        forEachOf(store.runs.delayed(delayedUntil), deliver)
        delayedUntil = now
      }
      const expireDue = (): void =>
        forEachOf(store.runs.expireDue(), id => {
          const run = store.runs.get(id)
          if (run !== undefined) ended(run)
        })
      // One that cannot be sent keeps neither another nor the next step waiting.
      const flush = (): void => moves.flush()
      const goOn = (): void => deliveries.goOn()
      const again = (): void => orders.again()
      forEachOf([flush, deliverDelayed, expireDue, again, goOn, expireAbandoned], step => step())
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
  }
}
