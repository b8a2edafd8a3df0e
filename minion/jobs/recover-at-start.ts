import { setTimeout as pause } from 'node:timers/promises'
import { type Problem, problemsOf } from '../../protocol/errors.ts'

const AGAIN_MS = 5_000

interface RecoverDeps {
  /** Cleans up after a process that was killed in a run; DISK_FULL when there is no room for its report. */
  readonly recover: () => Promise<void>
  readonly log: (event: string, data: { readonly [key: string]: unknown }) => void
  readonly signal: AbortSignal
  /** Milliseconds until the next attempt; default 5 s. */
  readonly againMs?: number
}

/**
 * Recovers before the agent does anything else. On a full disk the agent goes on without, since an operator needs the link to
 * make room, and recovers as soon as there is some. No run begins meanwhile, since each one recovers first. `done` resolves when
 * nothing is left to recover, or at the signal; any other error is thrown at once.
 */
export async function recoverAtStart(deps: RecoverDeps): Promise<{ readonly done: Promise<void> }> {
  const failed = await attempt(deps)
  if (failed === undefined) return { done: Promise.resolve() }
  const [problem] = problemsOf(failed.error)
  if (problem.code !== 'DISK_FULL') throw failed.error
  deps.log('recovery-waits', { code: problem.code, message: problem.message })
  return { done: again(deps, problem) }
}

/** Logs why it does not succeed when the reason changes, not at every attempt. */
async function again(deps: RecoverDeps, first: Problem): Promise<void> {
  const { signal, againMs = AGAIN_MS, log } = deps
  let logged = first.message
  while (!signal.aborted) {
    await pause(againMs, undefined, { signal, ref: false }).catch(() => undefined)
    if (signal.aborted) return
    const failed = await attempt(deps)
    if (failed === undefined) return
    const [problem] = problemsOf(failed.error)
    if (problem.message !== logged) log('recovery-failed', { code: problem.code, message: problem.message })
    logged = problem.message
  }
}

/** Why it did not succeed; undefined: it did, or there is nothing left to do at the signal. */
async function attempt({ recover, signal }: RecoverDeps): Promise<{ readonly error: unknown } | undefined> {
  try {
    await recover()
    return undefined
  } catch (error) {
    return signal.aborted ? undefined : { error }
  }
}
