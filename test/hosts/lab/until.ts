import { setTimeout as pause } from 'node:timers/promises'
import { LabError } from './lab-error.ts'

export interface UntilOptions {
  /** What is waited for, in words that end the sentence "waited for ...". */
  readonly what: string
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
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const answer = await check()
    if (answer !== undefined) return answer
    if (performance.now() > deadline) {
      const seen = evidence === undefined ? '' : `\n${await evidence()}`
      throw new LabError(`waited ${timeoutMs / 1000} s for ${what}, in vain${seen}`)
    }
    await pause(everyMs)
  }
}
