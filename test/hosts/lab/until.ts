import { setTimeout as pause } from 'node:timers/promises'
import { LabError } from './lab-error.ts'

/**
 * Timeouts are written for an idle machine. They only end what hangs, so they grow by this factor: where several programs share
 * the processors, being slow is not a fault of what is tested.
 */
export const SLOW_MACHINE = 3

export interface UntilOptions {
  /** Completes the sentence "waited for ...". */
  readonly what: string
  /** Timeout on an idle machine; see SLOW_MACHINE. */
  readonly timeoutMs: number
  readonly everyMs?: number
  /** Called only on a timeout: returns details for the error. */
  readonly evidence?: () => Promise<string> | string
}

/** Polls `check` until it returns something other than undefined, and returns that. */
export async function until<T>(
  check: () => Promise<T | undefined> | T | undefined,
  { what, timeoutMs, everyMs = 50, evidence }: UntilOptions,
): Promise<T> {
  const boundMs = timeoutMs * SLOW_MACHINE
  const deadline = performance.now() + boundMs
  for (;;) {
    const answer = await check()
    if (answer !== undefined) return answer
    if (performance.now() > deadline) {
      const seen = evidence === undefined ? '' : `\n${await evidence()}`
      throw new LabError(`waited ${boundMs / 1000} s for ${what}, in vain${seen}`)
    }
    await pause(everyMs)
  }
}
