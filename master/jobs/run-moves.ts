import type { MinionId, RunId } from '../../protocol/ids.ts'
import type { Store } from '../store/open.ts'
import type { Run } from '../store/tables/run-row.ts'
import type { JobNews, RunMove } from './dispatcher-port.ts'

interface Deps {
  readonly store: Pick<Store, 'runs' | 'together'>
  /** Defers work to the next turn of the event loop. */
  readonly defer: (work: () => void) => void
  readonly news: JobNews
}

/**
 * Writes the runs that minions accept and start within one turn of the event loop in one transaction: otherwise a job for
 * thousands of minions would wait for the disk twice per minion. Nothing is acknowledged to the minion, so nothing is lost if
 * the master dies before the write: the next hello of the minion lists the run.
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

  /** Writes the collected moves in order. Throws STORE_FULL, and keeps them all for the next attempt. */
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

/** Returns the run if it belongs to this minion: a minion can only report on its own runs. */
export function ownRun({ runs }: Pick<Store, 'runs'>, minion: MinionId, id: RunId): Run | undefined {
  const run = runs.get(id)
  return run?.minion === minion ? run : undefined
}
