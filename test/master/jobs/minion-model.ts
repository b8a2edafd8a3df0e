import type { UnsignedOrder } from '../../../master/context.ts'
import type { RunId } from '../../../protocol/ids.ts'
import { DB1, type DispatcherScene, type Ordered } from './dispatcher-scene.ts'

/**
 * Models a minion as far as its master can see it: a queue, one active run, pending reports, and a link on which messages
 * arrive in order or not at all. It never refuses an older catalog by itself, so the master alone must keep content from going
 * back.
 */
export class MinionModel {
  readonly #scene: DispatcherScene
  readonly #jobs = new Map<RunId, Ordered>()
  #inbox: UnsignedOrder[] = []
  #line: RunId[] = []
  #current: RunId | undefined
  #spooled: RunId[] = []
  #newest = 0
  #connected = false
  /** Generations of the runs that it started, in order. */
  readonly begun: number[] = []

  constructor(scene: DispatcherScene) {
    this.#scene = scene
  }

  get connected(): boolean {
    return this.#connected
  }

  /** True when nothing is in transit, running or pending. */
  get idle(): boolean {
    this.#collect()
    return this.#inbox.length + this.#line.length + this.#spooled.length === 0 && this.#current === undefined
  }

  ordered(one: Ordered): void {
    this.#jobs.set(one.run, one)
  }

  connect(): void {
    if (this.#connected) this.cut()
    this.#scene.sent = []
    this.#connected = true
    const current = this.#current === undefined ? [] : [this.#current]
    this.#scene.hello([...current, ...this.#line, ...this.#spooled], this.#newest === 0 ? undefined : this.#newest)
    for (const run of this.#spooled) this.#report(run)
  }

  /** Drops the link, with everything in transit. */
  cut(): void {
    if (!this.#connected) return
    this.#connected = false
    this.#inbox = []
    this.#scene.sent = []
    this.#scene.away()
  }

  /** Receives the oldest message of its link. */
  take(): void {
    this.#collect()
    const order = this.#inbox.shift()
    if (order === undefined) return
    const { run, payload } = order
    const isKnown = this.#current === run || this.#line.includes(run) || this.#spooled.includes(run)
    if (payload.kind === 'apply') {
      if (!isKnown) this.#line.push(run)
      return this.#tell(() => this.#scene.dispatcher.moves.add({ type: 'run-accepted', minion: DB1, run: run }))
    }
    if (this.#current === run) this.#finish('cancelled')
    else if (this.#line.includes(run)) {
      this.#line = this.#line.filter(other => other !== run)
      this.#refuse(run, 'RUN_CANCELLED')
    } else if (!isKnown) this.#refuse(run, 'RUN_UNKNOWN')
  }

  begin(): void {
    if (this.#current !== undefined) return
    const run = this.#line.shift()
    if (run === undefined) return
    this.#current = run
    const generation = this.#scene.store.runs.get(run)?.generation ?? 0
    this.begun.push(generation)
    this.#newest = Math.max(this.#newest, generation)
    this.#tell(() => this.#scene.dispatcher.moves.add({ type: 'run-running', minion: DB1, run: run, states: 1 }))
  }

  end(): void {
    if (this.#current !== undefined) this.#finish('done')
  }

  /** Kills and restarts the process: the active run is reported as interrupted, the queue is lost. */
  kill(): void {
    this.cut()
    this.#line = []
    if (this.#current !== undefined) this.#finish('failed')
  }

  /** The same, with a disk that lost the journal and the reports. */
  wipe(): void {
    this.cut()
    this.#line = []
    this.#current = undefined
    this.#spooled = []
  }

  #states = new Map<RunId, 'done' | 'failed' | 'cancelled'>()

  #finish(state: 'done' | 'failed' | 'cancelled'): void {
    const run = this.#current
    if (run === undefined) return
    this.#current = undefined
    this.#states.set(run, state)
    this.#spooled.push(run)
    if (this.#connected) this.#report(run)
  }

  #report(run: RunId): void {
    const of = this.#jobs.get(run)
    if (of !== undefined) this.#scene.report(of, this.#states.get(run))
    this.#spooled = this.#spooled.filter(other => other !== run)
  }

  #refuse(run: RunId, code: 'RUN_CANCELLED' | 'RUN_UNKNOWN'): void {
    this.#tell(() => this.#scene.dispatcher.refused(DB1, run, { code, message: 'no' }))
  }

  #tell(say: () => void): void {
    if (this.#connected) say()
  }

  #collect(): void {
    this.#inbox.push(...this.#scene.sent)
    this.#scene.sent = []
  }
}
