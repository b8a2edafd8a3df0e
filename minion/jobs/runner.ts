import { setTimeout as pause } from 'node:timers/promises'
import { AppError, problemsOf } from '../../protocol/errors.ts'
import { fitReport } from '../../protocol/fit-report.ts'
import type { JobId, RunId } from '../../protocol/ids.ts'
import { LIMITS } from '../../protocol/limits.ts'
import type { FromMinion } from '../../protocol/messages.ts'
import type { OrphanWish } from '../../protocol/order.ts'
import type { Report } from '../../protocol/report.ts'
import type { Registry } from '../../states/registry.ts'
import { removeJournal, unfinishedRuns } from '../apply/journal.ts'
import type { Outbox } from '../link/outbox.ts'
import { takeApplyTurn } from './apply-turn.ts'
import type { CatalogCache } from './catalog-cache.ts'
import type { KnownSecrets } from './known-secrets.ts'
import type { OpenedCatalog } from './open-catalog.ts'
import { Progress } from './progress.ts'
import { minionPaths, runCatalog } from './run-catalog.ts'

export interface RunnerDeps {
  readonly stateDirectory: string
  readonly registry: Registry
  readonly cache: CatalogCache
  readonly outbox: Outbox
  readonly secrets: KnownSecrets
  readonly bootId: string
  readonly now: () => number
  /** Rejects when the master cannot be reached by a new connection now. */
  readonly probe: (signal: AbortSignal) => Promise<void>
  /** Messages can get lost; the report is authoritative. */
  readonly link: { send(message: FromMinion): unknown; offerReports(): Promise<void> }
  readonly log: (event: string, data: { readonly [key: string]: unknown }) => void
}

/** A queued run. */
export interface WaitingRun {
  readonly run: RunId
  readonly job: JobId | undefined
  readonly test: boolean
  readonly origin: Report['origin']
  /** Absent: the catalog is applied. */
  readonly orphans?: OrphanWish
  /** Called when the run leaves the queue, before its first state. */
  readonly begun?: () => Promise<void>
  /** Called when the run ends without a report, for example on a full disk. */
  readonly refused?: () => void
  /** Fetches, verifies and opens the catalog. */
  readonly open: (signal: AbortSignal) => Promise<OpenedCatalog>
}

/** Delay between two attempts to write a report to a full disk. */
const SPOOL_AGAIN_MS = 5_000

/** Carries out runs one at a time in order of arrival, and spools their reports. */
export class Runner {
  readonly #deps: RunnerDeps
  readonly #waiting: WaitingRun[] = []
  #current: { readonly run: RunId; readonly cancel: AbortController } | undefined
  #draining: Promise<void> | undefined
  #rests = false

  constructor(deps: RunnerDeps) {
    this.#deps = deps
  }

  /** Reports runs that a kill interrupted, before anything else. `waits` is called when another process applies. */
  async recover(signal: AbortSignal, waits: () => void = () => undefined): Promise<void> {
    // A running `minion apply --cached` also has a journal, but is not dead.
    const onWait = (pid: number): void => {
      this.#deps.log('recovery-waits', { pid })
      waits()
    }
    const release = await takeApplyTurn(this.#deps, { signal, onWait })
    await release()
  }

  /**
   * Lists runs that are in progress, queued, killed but not yet reported, or reported but not yet stored by the master; only
   * the newest reports when there are many.
   */
  async knownRuns(): Promise<readonly RunId[]> {
    // Read both before and after listing the reports: a run that advances meanwhile appears in one of them.
    const before = [...this.#unended(), ...(await unfinishedRuns(minionPaths(this.#deps.stateDirectory).journal))]
    const spooled = (await this.#deps.outbox.list()).toReversed()
    const all = new Set([...this.#unended(), ...before, ...spooled])
    return [...all].slice(0, LIMITS.knownRuns)
  }

  #unended(): readonly RunId[] {
    const own = this.#current === undefined ? [] : [this.#current.run]
    return [...own, ...this.#waiting.map(({ run }) => run)]
  }

  /** True while a run is in progress or queued. */
  get busy(): boolean {
    return this.#current !== undefined || this.#waiting.length > 0
  }

  /** Queues a run, unless it is already known. */
  async enqueue(order: WaitingRun): Promise<void> {
    // Not accepted, so the master sends it again to the agent that starts after this one.
    if (this.#rests) return
    if (!(await this.knows(order.run))) {
      if (this.#current !== undefined) this.#deps.log('run-waits', { run: order.run, behind: this.#current.run })
      this.#waiting.push(order)
    }
    this.#deps.link.send({ type: 'accepted', run: order.run })
    this.#draining ??= this.#drain().finally(() => {
      this.#draining = undefined
    })
  }

  /** True for a run that is in progress, queued, or killed, or whose report the master has not stored yet. */
  async knows(run: RunId): Promise<boolean> {
    if (this.#unended().includes(run)) return true
    // Checked before the reports: a killed run that is reported meanwhile appears there.
    if ((await unfinishedRuns(minionPaths(this.#deps.stateDirectory).journal)).includes(run)) return true
    const spooled = await this.#deps.outbox.list()
    return spooled.includes(run) || this.#unended().includes(run)
  }

  /**
   * Cancels the run if it is in progress, or removes it from the queue. An unknown run is answered, so that it ends on the
   * master too.
   */
  async cancel(run: RunId): Promise<void> {
    if (this.#current?.run === run) {
      this.#current.cancel.abort(new AppError({ code: 'RUN_CANCELLED', message: 'the run was cancelled' }))
      return
    }
    const index = this.#waiting.findIndex(waiting => waiting.run === run)
    if (index >= 0) {
      this.#waiting.splice(index, 1)
      const message = 'the run was cancelled before it started'
      this.#deps.link.send({ type: 'refused', run, problem: { code: 'RUN_CANCELLED', message } })
    } else if (!(await this.knows(run))) {
      const message = 'this minion does not have the run: its order did not arrive, or it is over'
      this.#deps.link.send({ type: 'refused', run, problem: { code: 'RUN_UNKNOWN', message } })
    }
  }

  /** Stops the agent's runs: the current one is cancelled and reported, queued ones are left to the master. */
  stop(): void {
    this.#waiting.length = 0
    this.#current?.cancel.abort(new AppError({ code: 'RUN_CANCELLED', message: 'the minion is stopping' }))
  }

  /** Accepts no more runs; resolves when the current one has ended. Queued ones are left to the master. */
  async rest(): Promise<void> {
    this.#rests = true
    this.#waiting.length = 0
    await this.#draining
  }

  /** Resolves when no run is in progress or queued. */
  async idle(): Promise<void> {
    await this.#draining
  }

  async #drain(): Promise<void> {
    for (;;) {
      const order = this.#waiting.shift()
      if (order === undefined) return
      const cancel = new AbortController()
      this.#current = { run: order.run, cancel }
      try {
        await this.#carryOut(order, cancel.signal)
      } catch (error) {
        const [problem] = problemsOf(error)
        this.#deps.log('run-refused', { run: order.run, code: problem.code, message: problem.message })
        this.#deps.link.send({ type: 'refused', run: order.run, problem })
        order.refused?.()
      } finally {
        this.#current = undefined
      }
    }
  }

  async #carryOut(order: WaitingRun, cancelled: AbortSignal): Promise<void> {
    const { stateDirectory, link, log } = this.#deps
    const { journal } = minionPaths(stateDirectory)
    const opened = await order.open(cancelled)
    this.#deps.secrets.learn(opened.secrets)
    const release = await takeApplyTurn(this.#deps, {
      signal: cancelled,
      onWait: pid => log('run-waits', { run: order.run, pid }),
    })
    const progress = new Progress(order.run, message => link.send(message), performance.now.bind(performance))
    try {
      await order.begun?.()
      const report = await runCatalog(
        { ...order, opened },
        {
          ...this.#deps,
          cancelled,
          onBegin: states => link.send({ type: 'running', run: order.run, states }),
          onProgress: progress.note.bind(progress),
        },
      )
      progress.close()
      await this.#spool(report)
      // After a kill, a report that is only in memory can be created again from the journal.
      if (!this.#deps.outbox.isInMemory(order.run)) await removeJournal(journal, order.run)
      log('run-ended', { run: order.run, state: report.state, counts: report.counts, durationMs: report.durationMs })
    } finally {
      await release()
    }
    await link.offerReports()
  }

  /**
   * Saves a report. The run counts as ended when its report is on disk or stored by the master, or the master refused it for
   * good. On a full disk the report is offered from memory, and written as soon as there is room.
   */
  async #spool(report: Report): Promise<void> {
    const { outbox, log, link } = this.#deps
    const { run } = report
    const bytes = fitReport(report, LIMITS.reportBytes)
    let isSettled = false
    let settled: Promise<void> | undefined
    while (!isSettled) {
      try {
        return await outbox.put(run, bytes)
      } catch (error) {
        const [problem] = problemsOf(error)
        log('report-not-spooled', { run, code: problem.code, message: problem.message })
      }
      if (settled === undefined) {
        settled = outbox.hold(run, bytes).then(() => {
          isSettled = true
        })
        await link.offerReports().catch(() => undefined)
      }
      await Promise.race([settled, pause(SPOOL_AGAIN_MS)])
    }
  }
}
