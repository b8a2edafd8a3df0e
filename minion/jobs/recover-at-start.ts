import { setTimeout as pause } from 'node:timers/promises'
import { type Problem, problemsOf } from '../../protocol/errors.ts'

const AGAIN_MS = 5_000

interface RecoverDeps {
  /** Cleans up after a process that was killed during a run; throws DISK_FULL when there is no room for its report. */
  readonly recover: () => Promise<void>
  readonly log: (event: string, data: { readonly [key: string]: unknown }) => void
  readonly signal: AbortSignal
  /** Milliseconds until the next attempt; default 5 s. */
  readonly againMs?: number
}

/**
 * Recovers before the agent does anything else. On a full disk the agent starts anyway, because an operator needs the link to
 * make room, and recovers as soon as there is some. No run starts meanwhile, since each run recovers first. `done` resolves
 * when nothing is left to recover, or at the signal; any other error is thrown at once.
 */
export async function recoverAtStart(deps: RecoverDeps): Promise<{ readonly done: Promise<void> }> {
  const failed = await attempt(deps)
  if (failed === undefined) return { done: Promise.resolve() }
  const [problem] = problemsOf(failed.error)
  if (problem.code !== 'DISK_FULL') throw failed.error
  deps.log('recovery-waits', { code: problem.code, message: problem.message })
  return { done: again(deps, problem) }
}

/** Retries until it succeeds. Logs the reason only when it changes, not at every attempt. */
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

/** Tries once. Returns the error; undefined on success or after the signal. */
async function attempt({ recover, signal }: RecoverDeps): Promise<{ readonly error: unknown } | undefined> {
  try {
    await recover()
    return undefined
  } catch (error) {
    return signal.aborted ? undefined : { error }
  }
}
