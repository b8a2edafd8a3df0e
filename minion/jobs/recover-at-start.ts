import { setTimeout as pause } from 'node:timers/promises'
import { problemsOf } from '../../protocol/errors.ts'

const AGAIN_MS = 30_000

interface RecoverDeps {
  /** Cleans up after a process that was killed in a run; DISK_FULL when there is no room for its report. */
  readonly recover: () => Promise<void>
  readonly log: (event: string, data: { readonly [key: string]: unknown }) => void
  readonly signal: AbortSignal
  /** Milliseconds until the next attempt; default 30 s. */
  readonly againMs?: number
}

/**
 * Recovers before the agent does anything else. On a full disk the agent goes on without, since an operator needs the link to
 * make room, and recovers as soon as there is some. No run begins meanwhile, since each one recovers first. `done` resolves when
 * nothing is left to recover, or at the signal; any other error is thrown at once.
 */
export async function recoverAtStart(deps: RecoverDeps): Promise<{ readonly done: Promise<void> }> {
  if (await attempt(deps)) return { done: Promise.resolve() }
  return { done: again(deps) }
}

async function again(deps: RecoverDeps): Promise<void> {
  const { signal, againMs = AGAIN_MS, log } = deps
  while (!signal.aborted) {
    await pause(againMs, undefined, { signal, ref: false }).catch(() => undefined)
    if (signal.aborted) return
    try {
      if (await attempt(deps)) return
    } catch (error) {
      log('recovery-failed', { message: problemsOf(error)[0].message })
    }
  }
}

/** Whether it succeeded; false when the disk is full. */
async function attempt({ recover, log, signal }: RecoverDeps): Promise<boolean> {
  try {
    await recover()
    return true
  } catch (error) {
    if (signal.aborted) return true
    const [problem] = problemsOf(error)
    if (problem.code !== 'DISK_FULL') throw error
    log('recovery-waits', { code: problem.code, message: problem.message })
    return false
  }
}
