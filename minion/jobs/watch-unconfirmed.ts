import { access } from 'node:fs/promises'
import { problemsOf } from '../../protocol/errors.ts'

const LOOK_MS = 2_000

interface WatchDeps {
  /** `confirm.json`: it is there while a change waits to be confirmed. */
  readonly path: string
  /** Waits for the turn to apply, so that a process that lives keeps its window; then puts back what a dead one left. */
  readonly recover: () => Promise<void>
  readonly log: (event: string, data: { readonly [key: string]: unknown }) => void
}

/**
 * Puts a change back whose process died inside its confirm window, such as `minion apply --cached`: it may have cut the host
 * off, so that neither an order nor a restart of the agent follows. Returns how to end it.
 */
export function watchUnconfirmed({ path, recover, log }: WatchDeps): () => void {
  let looking = false
  const look = async (): Promise<void> => {
    const isThere = await access(path).then(
      () => true,
      () => false,
    )
    if (isThere) await recover()
  }
  const timer = setInterval(() => {
    if (looking) return
    looking = true
    look()
      .catch((error: unknown) => log('recovery-failed', { message: problemsOf(error)[0].message }))
      .finally(() => {
        looking = false
      })
  }, LOOK_MS)
  return () => clearInterval(timer)
}
