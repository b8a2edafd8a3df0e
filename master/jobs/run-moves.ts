import type { MinionId, RunId } from '../../protocol/ids.ts'
import type { Store } from '../store/open.ts'
import type { Run } from '../store/tables/run-row.ts'

/** What a minion said of a run that it works on. */
type RunMove =
  | { readonly type: 'accepted'; readonly minion: MinionId; readonly run: RunId }
  | { readonly type: 'running'; readonly minion: MinionId; readonly run: RunId; readonly states: number }

/**
 * Writes what minions accept and begin within one turn of the event loop in one transaction: a job for thousands of
 * minions would otherwise wait for the disk twice for each of them. Nothing is acknowledged to the minion, so nothing is
 * lost when the master dies before the write: the next greeting of the minion names the run.
 */
export interface RunMoves {
  add(move: RunMove): void
  /** Writes what was added so far, in order. Throws STORE_FULL, and keeps it all for the next time. */
  flush(): void
}

interface Deps {
  readonly store: Pick<Store, 'runs' | 'together'>
  /** Puts work off to the next turn of the event loop. */
  readonly defer: (work: () => void) => void
  /** The run, when it is this minion's own. */
  readonly own: (minion: MinionId, run: RunId) => Run | undefined
  /** Called after the commit, for each run that changed its state. */
  readonly moved: (run: Run) => void
}

export function createRunMoves({ store, defer, own, moved }: Deps): RunMoves {
  let waiting: RunMove[] = []
  let isDeferred = false
  const write = (move: RunMove): readonly Run[] => {
    const run = own(move.minion, move.run)
    if (run === undefined) return []
    const changed = move.type === 'accepted' ? store.runs.accept(run.id) : store.runs.start(run.id, move.states)
    return changed ? [run] : []
  }
  const flush = (): void => {
    if (waiting.length === 0) return
    const changed = store.together(() => waiting.flatMap(write))
    waiting = []
    for (const run of changed) moved(run)
  }
  return {
    add(move) {
      waiting.push(move)
      if (isDeferred) return
      isDeferred = true
      defer(() => {
        isDeferred = false
        flush()
      })
    },
    flush,
  }
}
