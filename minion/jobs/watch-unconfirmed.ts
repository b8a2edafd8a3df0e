import { access } from 'node:fs/promises'
import { problemsOf } from '../../protocol/errors.ts'
import { minionPaths } from './run-catalog.ts'

const LOOK_MS = 2_000
/** Delay after a failed attempt, for example on a full disk. */
const AGAIN_MS = 30_000

interface WatchDeps {
  readonly stateDirectory: string
  /** Waits for the turn to apply, so that a live process keeps its window; then rolls back what a dead one left. */
  readonly recover: () => Promise<void>
  readonly log: (event: string, data: { readonly [key: string]: unknown }) => void
}

/**
 * Rolls back a change whose process, such as `minion apply --cached`, died inside its confirm window: the change may have cut
 * the host off, so that neither an order nor a restart of the agent would follow. Returns a function that stops watching.
 */
export function watchUnconfirmed({ stateDirectory, recover, log }: WatchDeps): () => void {
  // One of these exists while a change is unconfirmed, or rolled back but not reported yet.
  const { confirm, reverted } = minionPaths(stateDirectory)
  let looking = false
  let notBefore = 0
  const look = async (): Promise<void> => {
    const found = await Promise.allSettled([access(confirm), access(reverted)])
    if (found.some(({ status }) => status === 'fulfilled')) await recover()
  }
  const timer = setInterval(() => {
    if (looking || performance.now() < notBefore) return
    looking = true
    look()
      .catch((error: unknown) => {
        notBefore = performance.now() + AGAIN_MS
        log('recovery-failed', { message: problemsOf(error)[0].message })
      })
      .finally(() => {
        looking = false
      })
  }, LOOK_MS)
  return () => clearInterval(timer)
}
