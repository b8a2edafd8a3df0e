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

const LOST: Problem = {
  code: 'RUN_LOST',
  message: 'the minion does not know this run any more: its state directory was emptied, or it could not write there',
  hint: 'Look at the minion with `journalctl -u saltern-minion`, then apply again.',
}

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
  const deliver = (run: Run): void => {
    if (!links.isHere(run.minion)) return
    const payload = payloadOf(deps, run)
    const sequence = payload === undefined ? undefined : store.runs.send(run.id)
    if (payload === undefined || sequence === undefined) return
    links.allow(run.minion, payload.blobs)
    links.order(run.minion, { run: run.id, job: run.job, sequence, payload: payload.apply })
    tell({ type: 'moved', run: run.id, job: run.job })
  }
  /** It stood in line when the minion was started anew: nothing of it was done, and its job still stands. */
  const waitedInLine = (run: Run): boolean => {
    const expiresAt = store.jobs.get(run.job)?.expiresAt
    const stands = expiresAt !== undefined && Date.parse(expiresAt) > deps.now()
    return run.state === 'accepted' && run.cancelOrderedAt === undefined && stands
  }
  const deliverMinion = (minion: MinionId): void => {
    for (const run of store.runs.toCancel(minion)) {
      if (run.state === 'queued' || !links.isHere(minion)) continue
      const sequence = store.runs.sendCancel(run.id)
      if (sequence !== undefined)
        links.order(minion, { run: run.id, job: run.job, sequence, payload: { kind: 'cancel' } })
    }
    for (const run of store.runs.toDeliver({ minion })) deliver(run)
  }
  return {
    deliverJob: job => {
      for (const run of store.runs.toDeliver({ job })) deliver(run)
    },
    deliverMinion,
    hello(minion, hello) {
      store.minions.saveGrains(minion, hello.grains)
      const knows = new Set(hello.runs)
      for (const run of store.runs.toDeliver({ minion })) {
        // It has it, and only its acknowledgement was lost.
        if (run.state === 'sent' && knows.has(run.id) && store.runs.accept(run.id)) moved(run)
      }
      for (const run of store.runs.at(minion)) {
        // A new connection may fetch nothing yet, and the cut may have come while it fetched.
        if (knows.has(run.id)) links.allow(minion, payloadOf(deps, run)?.blobs ?? [])
        else if (waitedInLine(run)) deliver(run)
        else if (store.runs.lose(run.id, LOST)) moved(run)
      }
      deliverMinion(minion)
    },
    accepted(minion, id) {
      const run = own(minion, id)
      if (run !== undefined && store.runs.accept(id)) moved(run)
    },
    refused(minion, id, problem) {
      const run = own(minion, id)
      if (run !== undefined && store.runs.refuse(id, problem)) moved(run)
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
