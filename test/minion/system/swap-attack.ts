import { lchown } from 'node:fs/promises'
import { expect, onTestFinished } from 'vitest'
import { spawnProgram } from '../../../minion/system/spawn.ts'

export const NOBODY = 65534

/** An unprivileged attacker who swaps two of their own files over and over. */
export interface SwapAttack {
  stop(): Promise<void>
}

/** Gives `parent` and both names in it to the attacker. */
export async function swapOverAndOver(parent: string, one: string, other: string): Promise<SwapAttack> {
  for (const path of [parent, one, other]) await lchown(path, NOBODY, NOBODY)
  const abort = new AbortController()
  // renameat2(2) with RENAME_EXCHANGE.
  const swap = `$> = ${NOBODY}; my ($d, $l) = @ARGV; while (1) { syscall(316, -100, $d, -100, $l, 2) }`
  const attack = spawnProgram(['perl', '-e', swap, one, other], { signal: abort.signal, timeoutMs: 20_000 })
  const ends = expect(attack).rejects.toThrow('cancelled')
  const stop = (): Promise<void> => {
    abort.abort()
    return ends
  }
  // Also when the test failed before it stopped the attack.
  onTestFinished(stop)
  return { stop }
}

/** Hundreds of attempts are needed. */
const MOST_TRIES = 20_000

/** Repeats `act` until it was done and refused at least `times` times each, so that the swap hit every moment of it. */
export async function actUnderAttack<T>(
  act: () => Promise<T>,
  { times = 20, onDone = () => undefined }: { readonly times?: number; readonly onDone?: (result: T) => void } = {},
): Promise<void> {
  const outcomes = { done: 0, refused: 0 }
  while (Math.min(outcomes.done, outcomes.refused) < times) {
    if (outcomes.done + outcomes.refused > MOST_TRIES)
      throw new Error(`it ended always the same: ${JSON.stringify(outcomes)}`)
    const done = await act().then(
      result => {
        onDone(result)
        return true
      },
      () => false,
    )
    outcomes[done ? 'done' : 'refused'] += 1
  }
}
