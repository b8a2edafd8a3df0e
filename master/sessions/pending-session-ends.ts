import { problemsOf } from '../../protocol/errors.ts'
import type { ControlContext } from '../context.ts'
import type { Store } from '../store/open.ts'

type End = Parameters<Store['sessions']['ended']>[0]

/** Ends of sessions that the log has not heard of yet, such as for want of room on the disk. */
export interface PendingSessionEnds {
  /** Tells the log, now or as soon as it can. Never throws. */
  tell(end: End): void
  /** The last try: what cannot be told now, the next master says at its start. */
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
