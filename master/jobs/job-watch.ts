import type { JobId, MinionId, RunId } from '../../protocol/ids.ts'
import { isFailure } from '../../protocol/report.ts'
import type { ControlContext } from '../context.ts'
import type { Run } from '../store/tables/run-row.ts'
import { isFinal } from '../store/tables/run-states.ts'
import type { Progress, RunNews } from './dispatcher-port.ts'
import type { ApplyEvent, RunOutcome } from './results.ts'
import { runOutcome } from './run-views.ts'

/** How long to wait, without `--wait`, for a minion that goes offline during a job. Its run goes on without a listener. */
export const OFFLINE_PATIENCE_MS = 30_000

interface Watched {
  readonly job: JobId
  readonly emit: (event: ApplyEvent) => void
  readonly signal: AbortSignal
  readonly patienceMs: number
}

/** Emits the events of a job. The job itself does not depend on being watched. */
export class JobWatch {
  readonly #context: Pick<ControlContext, 'store' | 'dispatcher' | 'links'>
  readonly #watched: Watched
  /** Outcomes of the runs that ended while being watched, so that no report is read again. */
  readonly outcomes = new Map<RunId, RunOutcome>()
  readonly #told = new Map<RunId, Run['state']>()
  /** Runs of earlier rounds, whose events are not passed on again. */
  #earlier: ReadonlySet<RunId> = new Set()
  /** Unfinished runs, and their number per minion; kept here so that an event does not require looking at the others. */
  readonly #open = new Map<RunId, Run>()
  readonly #openOf = new Map<MinionId, number>()
  /** Minions with open runs that have not been offline for too long. */
  readonly #awaited = new Set<MinionId>()
  readonly #away = new Map<MinionId, NodeJS.Timeout>()
  #end: () => void = () => undefined

  constructor(context: Pick<ControlContext, 'store' | 'dispatcher' | 'links'>, watched: Watched) {
    this.#context = context
    this.#watched = watched
  }

  /**
   * Resolves when all runs of this round have ended, when the remaining ones belong to minions that have been offline for
   * `patienceMs`, or when the caller is gone. Called again, it waits for runs added to the job since.
   */
  async untilOver(): Promise<void> {
    const { signal } = this.#watched
    if (signal.aborted) return
    this.#earlier = new Set(this.#told.keys())
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const end = (): void => resolve(undefined)
    const { news } = this.#context.dispatcher
    this.#end = end
    news.on('news', this.#onNews)
    signal.addEventListener('abort', end, { once: true })
    try {
      this.#onNews({ type: 'job', job: this.#watched.job })
      await promise
    } finally {
      news.off('news', this.#onNews)
      signal.removeEventListener('abort', end)
      for (const minion of this.#openOf.keys()) this.#forget(minion)
      this.#open.clear()
    }
  }

  readonly #onNews = (news: RunNews): void => {
    const { store } = this.#context
    const { job, emit } = this.#watched
    if (news.type === 'link') {
      if (this.#openOf.has(news.minion)) this.#watchLink(news.minion)
      return
    }
    if (news.job !== job) return
    if (news.type === 'progress') {
      const run = this.#open.get(news.run)
      if (run !== undefined) emit(stateEvent(run, news.progress))
      return
    }
    const runs = news.type === 'job' ? store.runs.ofJob(job) : [store.runs.get(news.run)]
    for (const run of runs) {
      if (run === undefined || this.#earlier.has(run.id) || this.#told.get(run.id) === run.state) continue
      const { id, minion, state, states } = run
      this.#told.set(id, state)
      this.#count(run)
      if (isFinal(state)) {
        const outcome = runOutcome(store, run)
        this.outcomes.set(id, outcome)
        emit({ type: 'finished', run: withFailures(outcome) })
      } else emit({ type: 'run', minion, run: id, state, ...(states === undefined ? {} : { states }) })
    }
    if (this.#awaited.size === 0) this.#end()
  }

  #count(run: Run): void {
    const { id, minion, state } = run
    const before = this.#open.has(id) ? 1 : 0
    if (isFinal(state)) this.#open.delete(id)
    else this.#open.set(id, run)
    const left = (this.#openOf.get(minion) ?? 0) + (this.#open.has(id) ? 1 : 0) - before
    this.#openOf.set(minion, left)
    if (left === 0) this.#forget(minion)
    else this.#watchLink(minion)
  }

  #forget(minion: MinionId): void {
    this.#openOf.delete(minion)
    this.#awaited.delete(minion)
    clearTimeout(this.#away.get(minion))
    this.#away.delete(minion)
  }

  /** Waits for an online minion without limit, and for `patienceMs` for an offline one. */
  #watchLink(minion: MinionId): void {
    if (this.#context.links.isOnline(minion)) {
      clearTimeout(this.#away.get(minion))
      this.#away.delete(minion)
      this.#awaited.add(minion)
      return
    }
    if (this.#away.has(minion)) return
    this.#awaited.add(minion)
    const patience = setTimeout(() => {
      this.#awaited.delete(minion)
      if (this.#awaited.size === 0) this.#end()
    }, this.#watched.patienceMs)
    this.#away.set(minion, patience)
  }
}

function stateEvent(run: Run, { index, key, outcome, durationMs }: Progress): ApplyEvent {
  const ended = { ...(outcome === undefined ? {} : { outcome }), ...(durationMs === undefined ? {} : { durationMs }) }
  return { type: 'state', minion: run.minion, run: run.id, index, states: run.states ?? 0, key, ...ended }
}

/** The rest comes once, with the result of the job. Pure. */
function withFailures(outcome: RunOutcome): RunOutcome {
  return { ...outcome, results: outcome.results.filter(one => isFailure(one.outcome)) }
}
