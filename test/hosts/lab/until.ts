import { setTimeout as pause } from 'node:timers/promises'
import { LabError } from './lab-error.ts'

/**
 * Bounds are written for a machine that does nothing else. They only end what hangs, so they grow by this factor:
 * where several programs share the processors, slow is no fault of what is tested.
 */
export const SLOW_MACHINE = 3

export interface UntilOptions {
  /** What is waited for, in words that end the sentence "waited for ...". */
  readonly what: string
  /** On an idle machine; see SLOW_MACHINE. */
  readonly timeoutMs: number
  readonly everyMs?: number
  /** Asked only when time is up: what there is to read. */
  readonly evidence?: () => Promise<string> | string
}

/** Asks `check` again and again until it gives something other than undefined; that is returned. */
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
