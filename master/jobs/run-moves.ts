import type { MinionId, RunId } from '../../protocol/ids.ts'
import type { Store } from '../store/open.ts'
import type { Run } from '../store/tables/run-row.ts'
import type { JobNews, RunMove } from './dispatcher-port.ts'

interface Deps {
  readonly store: Pick<Store, 'runs' | 'together'>
  /** Puts work off to the next turn of the event loop. */
  readonly defer: (work: () => void) => void
  readonly news: JobNews
}

/**
 * Writes what minions accept and begin within one turn of the event loop in one transaction: a job for thousands of
 * minions would otherwise wait for the disk twice for each of them. Nothing is acknowledged to the minion, so nothing is
 * lost when the master dies before the write: the next greeting of the minion names the run.
 */
export class RunMoves {
  readonly #deps: Deps
  #waiting: RunMove[] = []
  #isDeferred = false

  constructor(deps: Deps) {
    this.#deps = deps
  }

  add(move: RunMove): void {
    this.#waiting.push(move)
    if (this.#isDeferred) return
    this.#isDeferred = true
    this.#deps.defer(() => {
      this.#isDeferred = false
      this.flush()
    })
  }

  /** Writes what was added so far, in order. Throws STORE_FULL, and keeps it all for the next time. */
  flush(): void {
    if (this.#waiting.length === 0) return
    const { store, news } = this.#deps
    const changed = store.together(() =>
      this.#waiting.flatMap(({ minion, ...event }) => {
        const run = ownRun(store, minion, event.run)
        return run !== undefined && store.runs.move(event) ? [run] : []
      }),
    )
    this.#waiting = []
    for (const { id: run, job } of changed) news.emit('news', { type: 'moved', run, job })
  }
}

/** A run of the minion that said so: a minion can only speak for its own runs. */
export function ownRun({ runs }: Pick<Store, 'runs'>, minion: MinionId, id: RunId): Run | undefined {
  const run = runs.get(id)
  return run?.minion === minion ? run : undefined
}
