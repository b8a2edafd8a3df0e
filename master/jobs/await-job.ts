import type { JobId, MinionId, RunId } from '../../protocol/ids.ts'
import type { ControlContext } from '../context.ts'
import type { Run } from '../store/tables/run-row.ts'
import { isFinal } from '../store/tables/run-states.ts'
import type { RunNews } from './dispatcher-port.ts'
import type { ApplyEvent } from './results.ts'
import { runOutcome } from './run-views.ts'

/** A minion that went offline in the middle is waited for this long without `--wait`; its run goes on without a listener. */
export const AWAY_PATIENCE_MS = 30_000

interface Waiting {
  readonly signal: AbortSignal
  readonly patienceMs: number
  /** Runs of earlier rounds, which are not reported again. */
  readonly over?: ReadonlySet<RunId>
}

/**
 * Tells what happens to a job until all its runs are over, or all that are left belong to minions that have been offline for
 * `patienceMs`, or nobody listens. The job itself goes on.
 */
export function awaitJob(
  context: Pick<ControlContext, 'store' | 'dispatcher' | 'links'>,
  job: JobId,
  emit: (event: ApplyEvent) => void,
  { signal, patienceMs, over = new Set() }: Waiting,
): Promise<void> {
  const { store, dispatcher, links } = context
  const told = new Map<RunId, Run['state']>()
  /** Runs that are not over, and how many of them each minion has: kept here, so that news cost no look at the others. */
  const open = new Map<RunId, Run>()
  const openOf = new Map<MinionId, number>()
  /** Minions with open runs that have not been offline for too long. */
  const awaited = new Set<MinionId>()
  const offline = new Map<MinionId, NodeJS.Timeout>()
  return new Promise(resolve => {
    const end = (): void => {
      unsubscribe()
      for (const timer of offline.values()) clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const take = (run: Run): void => {
      if (over.has(run.id) || told.get(run.id) === run.state) return
      told.set(run.id, run.state)
      count(run)
      if (isFinal(run.state)) return emit({ type: 'finished', run: runOutcome(store, run) })
      const states = run.states === undefined ? {} : { states: run.states }
      emit({ type: 'run', minion: run.minion, run: run.id, state: run.state, ...states })
    }
    const count = (run: Run): void => {
      const { id, minion, state } = run
      const before = open.has(id) ? 1 : 0
      if (isFinal(state)) open.delete(id)
      else open.set(id, run)
      const left = (openOf.get(minion) ?? 0) + (open.has(id) ? 1 : 0) - before
      openOf.set(minion, left)
      if (left === 0) forget(minion)
      else watchLink(minion)
    }
    const forget = (minion: MinionId): void => {
      openOf.delete(minion)
      awaited.delete(minion)
      clearTimeout(offline.get(minion))
      offline.delete(minion)
    }
    /** Waits for a minion that is online, and for `patienceMs` for one that is not. */
    const watchLink = (minion: MinionId): void => {
      if (links.isHere(minion)) {
        clearTimeout(offline.get(minion))
        offline.delete(minion)
        awaited.add(minion)
        return
      }
      if (offline.has(minion)) return
      awaited.add(minion)
      const patience = setTimeout(() => {
        awaited.delete(minion)
        endWhenOver()
      }, patienceMs)
      offline.set(minion, patience)
    }
    const takeAll = (): void => {
      for (const run of store.runs.ofJob(job)) take(run)
      endWhenOver()
    }
    const endWhenOver = (): void => {
      if (awaited.size === 0) end()
    }
    const onNews = (news: RunNews): void => {
      if (news.type === 'link') {
        if (openOf.has(news.minion)) watchLink(news.minion)
        return
      }
      if (news.job !== job) return
      if (news.type === 'job') return takeAll()
      if (news.type === 'moved') {
        const run = store.runs.get(news.run)
        if (run !== undefined) take(run)
        return endWhenOver()
      }
      const { index, key, outcome, durationMs } = news.progress
      const run = open.get(news.run)
      if (run === undefined) return
      emit({
        type: 'state',
        minion: run.minion,
        run: run.id,
        index,
        states: run.states ?? 0,
        key,
        ...(outcome === undefined ? {} : { outcome }),
        ...(durationMs === undefined ? {} : { durationMs }),
      })
    }
    const unsubscribe = dispatcher.news.subscribe(onNews)
    signal.addEventListener('abort', end)
    if (signal.aborted) return end()
    takeAll()
  })
}
