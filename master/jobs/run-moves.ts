import type { MinionId, RunId } from '../../protocol/ids.ts'
import type { Commits } from '../store/commits.ts'
import type { Store } from '../store/open.ts'
import type { Run } from '../store/tables/run-row.ts'
import type { JobNews, RunMove } from './dispatcher-port.ts'

interface Deps {
  readonly store: Pick<Store, 'runs' | 'together'>
  readonly commits: Pick<Commits, 'add'>
  readonly news: JobNews
}

/**
 * Writes the runs that minions accept and start in shared transactions: otherwise a job for thousands of minions would wait for
 * the disk twice per minion. Nothing is acknowledged to the minion, so nothing is lost if the master dies before the write: the
 * next hello of the minion lists the run.
 */
export class RunMoves {
  readonly #deps: Deps
  #waiting: RunMove[] = []
  #isAdded = false

  constructor(deps: Deps) {
    this.#deps = deps
  }

  add(move: RunMove): void {
    this.#waiting.push(move)
    if (this.#isAdded) return
    this.#isAdded = true
    let taken: RunMove[] = []
    this.#deps.commits.add(
      () => {
        this.#isAdded = false
        taken = this.#waiting
        this.#waiting = []
        return this.#write(taken)
      },
      result => {
        try {
          this.#tell(result())
        } catch (thrown) {
          // Nothing was written; `flush` tries again.
          this.#waiting.unshift(...taken)
          throw thrown
        }
      },
    )
  }

  /** Writes the collected moves in order, now. Throws STORE_FULL, and keeps them all for the next attempt. */
  flush(): void {
    if (this.#waiting.length === 0) return
    const changed = this.#deps.store.together(() => this.#write(this.#waiting))
    this.#waiting = []
    this.#tell(changed)
  }

  #write(moves: readonly RunMove[]): readonly Run[] {
    const { store } = this.#deps
    return moves.flatMap(({ minion, ...event }) => {
      const run = ownRun(store, minion, event.run)
      return run !== undefined && store.runs.move(event) ? [run] : []
    })
  }

  #tell(changed: readonly Run[]): void {
    for (const { id: run, job } of changed) this.#deps.news.emit('news', { type: 'moved', run, job })
  }
}

/** Returns the run if it belongs to this minion: a minion can only report on its own runs. */
export function ownRun({ runs }: Pick<Store, 'runs'>, minion: MinionId, id: RunId): Run | undefined {
  const run = runs.get(id)
  return run?.minion === minion ? run : undefined
}
