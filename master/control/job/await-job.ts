import type { JobId, MinionId, RunId } from '../../../protocol/ids.ts'
import type { Run } from '../../store/run-row.ts'
import { isFinal } from '../../store/run-states.ts'
import type { ApplyEvent } from '../answers/answers.ts'
import type { ControlContext } from '../context.ts'
import type { RunNews } from './conductor.ts'
import { runOutcome } from './run-views.ts'

/** A minion that went away in the middle is waited for this long without `--wait`; its run goes on without a listener. */
export const AWAY_PATIENCE_MS = 30_000

interface Waiting {
  readonly signal: AbortSignal
  readonly patienceMs: number
  /** Runs of earlier rounds: nothing is told of them again. */
  readonly over?: ReadonlySet<RunId>
}

/**
 * Tells what happens to a job until all its runs are over, or all that are left belong to minions that have been away for
 * `patienceMs`, or nobody listens. The job itself goes on.
 */
export function awaitJob(
  context: Pick<ControlContext, 'store' | 'conductor' | 'links'>,
  job: JobId,
  emit: (event: ApplyEvent) => void,
  { signal, patienceMs, over = new Set() }: Waiting,
): Promise<void> {
  const { store, conductor, links } = context
  const told = new Map<RunId, Run['state']>()
  const away = new Map<MinionId, NodeJS.Timeout>()
  const givenUp = new Set<MinionId>()
  return new Promise(resolve => {
    const end = (): void => {
      unsubscribe()
      for (const timer of away.values()) clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const look = (): void => {
      const runs = store.runs.ofJob(job).filter(({ id }) => !over.has(id))
      for (const run of runs) {
        if (told.get(run.id) === run.state) continue
        told.set(run.id, run.state)
        if (isFinal(run.state)) emit({ type: 'finished', run: runOutcome(store, run) })
        else {
          const states = run.states === undefined ? {} : { states: run.states }
          emit({ type: 'run', minion: run.minion, run: run.id, state: run.state, ...states })
        }
      }
      const open = runs.filter(run => !isFinal(run.state))
      for (const run of open) watchLink(run.minion)
      if (open.every(run => givenUp.has(run.minion))) end()
    }
    const watchLink = (minion: MinionId): void => {
      const here = links.isHere(minion)
      const timer = away.get(minion)
      if (here && timer !== undefined) {
        clearTimeout(timer)
        away.delete(minion)
      }
      if (here) givenUp.delete(minion)
      if (here || timer !== undefined || givenUp.has(minion)) return
      const patience = setTimeout(() => {
        away.delete(minion)
        givenUp.add(minion)
        look()
      }, patienceMs)
      away.set(minion, patience)
    }
    const onNews = (news: RunNews): void => {
      if (news.type === 'link') {
        if (store.runs.ofJob(job).some(run => run.minion === news.minion && !isFinal(run.state))) look()
        return
      }
      if (news.job !== job) return
      if (news.type === 'moved') return look()
      const { index, key, outcome, durationMs } = news.progress
      const run = store.runs.get(news.run)
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
    const unsubscribe = conductor.subscribe(onNews)
    signal.addEventListener('abort', end)
    if (signal.aborted) return end()
    look()
  })
}
