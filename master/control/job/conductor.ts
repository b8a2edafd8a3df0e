import type { KeyObject } from 'node:crypto'
import { decodeCatalog } from '../../../protocol/catalog.ts'
import type { Problem } from '../../../protocol/errors.ts'
import type { JobId, MinionId, RunId } from '../../../protocol/ids.ts'
import type { FromMinion } from '../../../protocol/messages.ts'
import { signCatalog } from '../../../protocol/order.ts'
import { keyHash } from '../../../protocol/signature.ts'
import type { KeyStore } from '../../keys/key-store.ts'
import type { Store } from '../../store/open.ts'
import type { DeliveredReport } from '../../store/reports.ts'
import type { Run } from '../../store/run-row.ts'
import type { Links } from '../context.ts'
import { reconcile } from './reconcile.ts'
import { abandoned, lost, superseded } from './run-problems.ts'

/** What those who wait for a job hear; hints only, the store is the truth. */
export type RunNews =
  | { readonly type: 'moved'; readonly run: RunId; readonly job: JobId }
  | { readonly type: 'progress'; readonly run: RunId; readonly job: JobId; readonly progress: Progress }
  | { readonly type: 'link'; readonly minion: MinionId }

type Progress = Extract<FromMinion, { readonly type: 'progress' }>
type Hello = Extract<FromMinion, { readonly type: 'hello' }>

/** Brings orders to minions and takes what comes back. The store decides what is owed; this only acts on it. */
export interface Conductor {
  /** Delivers what the job owes now: its first wave that is not over. */
  deliverJob(job: JobId): void
  /** Delivers everything that waits for this minion, cancels too. */
  deliverMinion(minion: MinionId): void
  hello(minion: MinionId, hello: Hello): void
  accepted(minion: MinionId, run: RunId): void
  refused(minion: MinionId, run: RunId, problem: Problem): void
  running(minion: MinionId, run: RunId, states: number): void
  progress(minion: MinionId, progress: Progress): void
  report(delivered: DeliveredReport): void
  /** The link of a minion came or went. */
  linkChanged(minion: MinionId): void
  /** Somebody else changed runs of this job. */
  announce(job: JobId): void
  /** Delivers what waited for its time, and ends orders whose time is over; called from time to time. */
  lookAtTimes(): void
  subscribe(listener: (news: RunNews) => void): () => void
}

interface Deps {
  readonly store: Store
  readonly links: Links
  readonly keyStore: Pick<KeyStore, 'accepted'>
  readonly master: KeyObject
  readonly fleet: string
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** A run that its minion took is given up when the minion has been offline for so long and the time of the job is over. */
export const ABANDONED_AFTER_MS = 3_600_000
const ABANDONED_LOOK_MS = 60_000

/** What a minion answers to a cancel of a run that it has not begun, or does not have. */
const CANCELLED: ReadonlySet<string> = new Set(['RUN_CANCELLED', 'RUN_UNKNOWN'])

export function createConductor(deps: Deps): Conductor {
  const { store, links } = deps
  const listeners = new Set<(news: RunNews) => void>()
  const tell = (news: RunNews): void => {
    for (const listener of listeners) listener(news)
  }
  const moved = (run: Run): void => {
    tell({ type: 'moved', run: run.id, job: run.job })
    for (const next of store.runs.toDeliver({ job: run.job })) {
      if (next.state === 'queued') deliver(next)
    }
  }
  /** A run of the minion that said so: a minion can only speak for its own runs. */
  const own = (minion: MinionId, id: RunId): Run | undefined => {
    const run = store.runs.get(id)
    return run?.minion === minion ? run : undefined
  }
  const supersede = (run: Run, by: JobId | undefined): void => {
    if (store.runs.supersede(run.id, by, superseded(run.minion, by))) moved(run)
  }
  const deliver = (run: Run): void => {
    if (!links.isHere(run.minion)) return
    // The content of a minion only moves forward.
    const newer = store.replacements.newerSent(run)
    if (newer !== undefined) return supersede(run, newer.job)
    const payload = payloadOf(deps, run)
    const sequence = payload === undefined ? undefined : store.runs.send(run.id)
    if (payload === undefined || sequence === undefined) return
    links.allow(run.minion, payload.blobs)
    links.order(run.minion, { run: run.id, job: run.job, sequence, payload: payload.apply })
    tell({ type: 'moved', run: run.id, job: run.job })
    for (const older of store.replacements.olderQueued(run)) supersede(older, run.job)
  }
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
    for (const run of queued) if (!replaced.includes(run)) deliver(run)
  }
  /** Both sides are compared: whatever one of them does not know comes to an end, or to its next step. */
  const compare = (minion: MinionId, hello: Hello): void => {
    const known = new Set(hello.runs)
    const open = store.runs.open(minion)
    const again: Run[] = []
    for (const run of open) {
      const newer = store.replacements.newerSent(run)
      const unknown = (hello.generation ?? 0) > run.generation && store.replacements.isApply(run.id)
      const expiresAt = store.jobs.get(run.job)?.expiresAt
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
          if (store.runs.expire(run.id)) moved(run)
          break
        case 'cancelled':
          if (store.runs.cancel(run.id, `minion ${minion}`)) moved(run)
          break
        case 'lose':
          if (store.runs.lose(run.id, lost(minion))) moved(run)
          break
        case 'keep':
          break
        default:
          step satisfies never
      }
      // A new connection may fetch nothing yet, and the cut may have come while it fetched.
      if (known.has(run.id)) links.allow(minion, payloadOf(deps, run)?.blobs ?? [])
    }
    for (const run of again) deliver(run)
    // Such as of a master that was rolled back: it ended here what the minion still has.
    for (const id of known) {
      const run = own(minion, id)
      if (run?.state !== 'cancelled' || run.report !== undefined) continue
      const sequence = store.runs.sendLateCancel(id)
      if (sequence !== undefined) links.order(minion, { run: id, job: run.job, sequence, payload: { kind: 'cancel' } })
    }
  }
  const startedMs = deps.now()
  let lookedMs = startedMs
  const expireAbandoned = (): void => {
    const nowMs = deps.now()
    // After a start of the master the minions need their time to come back.
    if (nowMs - startedMs < ABANDONED_AFTER_MS || Math.abs(nowMs - lookedMs) < ABANDONED_LOOK_MS) return
    lookedMs = nowMs
    for (const run of store.runs.abandoned(nowMs - ABANDONED_AFTER_MS)) {
      const { lastSeenAt } = store.minions.get(run.minion) ?? {}
      if (store.runs.expire(run.id, abandoned(run.minion, lastSeenAt))) moved(run)
    }
  }
  return {
    deliverJob: job => {
      for (const run of store.runs.toDeliver({ job })) if (run.state === 'queued') deliver(run)
    },
    deliverMinion,
    hello(minion, hello) {
      store.minions.saveGrains(minion, hello.grains)
      compare(minion, hello)
      deliverMinion(minion)
    },
    accepted(minion, id) {
      const run = own(minion, id)
      if (run !== undefined && store.runs.accept(id)) moved(run)
    },
    refused(minion, id, problem) {
      const run = own(minion, id)
      if (run === undefined) return
      if (problem.code === 'RUN_SUPERSEDED') return supersede(run, store.replacements.newerSent(run)?.job)
      const ended = run.cancelOrderedAt !== undefined && CANCELLED.has(problem.code)
      if (ended ? store.runs.cancel(id, `minion ${minion}`) : store.runs.refuse(id, problem)) moved(run)
    },
    running(minion, id, states) {
      const run = own(minion, id)
      if (run !== undefined && store.runs.start(id, states)) moved(run)
    },
    progress(minion, progress) {
      const run = own(minion, progress.run)
      if (run !== undefined) tell({ type: 'progress', run: run.id, job: run.job, progress })
    },
    report(delivered) {
      const saved = store.reports.save(delivered)
      const run = saved.fresh ? store.runs.get(delivered.run) : undefined
      if (run !== undefined) moved(run)
    },
    announce(job) {
      const [run] = store.runs.ofJob(job)
      if (run !== undefined) moved(run)
    },
    linkChanged: minion => tell({ type: 'link', minion }),
    lookAtTimes() {
      for (const run of store.runs.delayed()) deliver(run)
      for (const id of store.runs.expireDue()) {
        const run = store.runs.get(id)
        if (run !== undefined) moved(run)
      }
      expireAbandoned()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
  }
}

/** The order of a run, and every blob that it names. undefined: the minion has no accepted key any more. */
function payloadOf({ store, keyStore, master, fleet }: Deps, run: Run) {
  const key = keyStore.accepted(run.minion)
  const job = store.jobs.get(run.job)
  const bytes = store.blobs.get(run.catalog)
  const box = run.box === undefined ? undefined : store.blobs.ref(run.box)
  if (key === undefined || job === undefined || bytes === undefined) return undefined
  const { generation } = run
  const claim = {
    fleet,
    minionKey: keyHash(key.key),
    catalog: run.catalog,
    generation,
    ...(box === undefined ? {} : { box: box.sha256 }),
  }
  const catalog = { sha256: run.catalog, size: bytes.length }
  const apply = {
    kind: 'apply',
    test: job.verb === 'test',
    origin: job.origin === 'boot' ? 'boot' : 'order',
    catalog,
    ...(box === undefined ? {} : { box }),
    generation,
    signature: signCatalog(master, claim),
  } as const
  const named = decodeCatalog(bytes).blobs.map(({ sha256 }) => sha256)
  return { apply, blobs: [run.catalog, ...(box === undefined ? [] : [box.sha256]), ...named] }
}
