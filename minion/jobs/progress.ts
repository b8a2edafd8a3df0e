import type { RunId, StateKey } from '../../protocol/ids.ts'
import type { FromMinion } from '../../protocol/messages.ts'
import { isFailure, type StateResult } from '../../protocol/report.ts'

/** At most one message for each of these spans, besides failures. */
const SPAN_MS = 100

/** Reports to the master which state a run is working on. It is only displayed, so most of these messages can be left out. */
export class Progress {
  readonly #send: (message: FromMinion) => unknown
  readonly #run: RunId
  readonly #now: () => number
  #latest: FromMinion | undefined
  #timer: NodeJS.Timeout | undefined
  #sentAt = Number.NEGATIVE_INFINITY

  /** `now` is in milliseconds. */
  constructor(run: RunId, send: (message: FromMinion) => unknown, now: () => number) {
    this.#run = run
    this.#send = send
    this.#now = now
  }

  /** A state began, or ended with `result`. */
  note(index: number, key: StateKey, result?: StateResult): void {
    const ended = result === undefined ? {} : { outcome: result.outcome, durationMs: result.durationMs }
    const message = { type: 'progress', run: this.#run, index, key, ...ended } as const
    this.#latest = message
    const wait = SPAN_MS - (this.#now() - this.#sentAt)
    if (wait <= 0 || (result !== undefined && isFailure(result.outcome))) this.#flush()
    else this.#timer ??= setTimeout(() => this.#flush(), wait)
  }

  /** Sends nothing more. */
  close(): void {
    clearTimeout(this.#timer)
    this.#latest = undefined
  }

  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#latest !== undefined) this.#send(this.#latest)
    this.#latest = undefined
    this.#sentAt = this.#now()
  }
}
