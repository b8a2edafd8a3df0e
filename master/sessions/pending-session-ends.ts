import { problemsOf } from '../../protocol/errors.ts'
import type { ControlContext } from '../context.ts'
import type { Store } from '../store/open.ts'

type End = Parameters<Store['sessions']['ended']>[0]

/** Ends of sessions that are not in the log yet, for example because of a full disk. */
export interface PendingSessionEnds {
  /** Logs the end of a session, now or as soon as possible. Never throws. */
  tell(end: End): void
  /** Makes the last attempt; the next master logs at its start what still fails. */
  settle(): void
}

const AGAIN_MS = 10_000

export function createPendingSessionEnds({ store, warn }: Pick<ControlContext, 'store' | 'warn'>): PendingSessionEnds {
  const owed = new Set<End>()
  let timer: NodeJS.Timeout | undefined
  const tryAll = (): void => {
    for (const end of owed) {
      try {
        store.sessions.ended(end)
      } catch {
        return
      }
      owed.delete(end)
    }
    clearInterval(timer)
    timer = undefined
  }
  return {
    tell: end => {
      try {
        store.sessions.ended(end)
      } catch (thrown) {
        warn('the end of a session could not be stored', { session: end.session, problems: problemsOf(thrown) })
        owed.add(end)
        timer ??= setInterval(tryAll, AGAIN_MS).unref()
      }
    },
    settle: () => {
      clearInterval(timer)
      tryAll()
    },
  }
}
