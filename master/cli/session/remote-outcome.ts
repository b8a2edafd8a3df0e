import { constants } from 'node:os'
import type { ErrorCode, Problem } from '../../../protocol/errors.ts'
import { EXIT, type ExitCode, worstOf } from '../exit-codes.ts'

/** How a program on a minion ended. */
export type RemoteEnd = { readonly exit: number } | { readonly signal: string } | { readonly problem: Problem }

/** Result of `master run` on one minion. */
export interface RemoteOutcome {
  readonly minion: string
  readonly end: RemoteEnd
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
  /** Bytes of output that were dropped. */
  readonly cutBytes: number
  readonly ms: number
}

/** Result of `master run` on many minions. */
export interface RunAnswer {
  readonly outcomes: readonly RemoteOutcome[]
  /** Offline minions, which are reported at once and not waited for. */
  readonly offline: readonly string[]
}

/** Exit codes that shells and timeout(1) use for programs that never started or did not end. */
const EXIT_OF_PROBLEM: { readonly [code in ErrorCode]?: number } = {
  PROGRAM_TIMEOUT: 124,
  EXEC_REFUSED: 126,
  OWNER_UNKNOWN: 126,
  PROGRAM_MISSING: 127,
  RUN_CANCELLED: EXIT.interrupted,
  CALL_INTERRUPTED: EXIT.interrupted,
}

/**
 * Computes the exit code for one remote program as if it had run locally: its own, 128+n for a signal, or the code that shells
 * use. Pure.
 */
export function exitOfOne(end: RemoteEnd): number {
  if ('exit' in end) return end.exit
  if ('signal' in end) return 128 + signalNumber(end.signal)
  return EXIT_OF_PROBLEM[end.problem.code] ?? EXIT.unreachable
}

/** Computes the exit code for many minions: 0 all succeeded, 1 some failed, 4 some were unreachable. Pure. */
export function exitOfMany({ outcomes, offline }: RunAnswer): ExitCode {
  const codes = outcomes.map(({ end }): ExitCode => {
    if ('exit' in end && end.exit === 0) return EXIT.fine
    return isUnreachable(end) ? EXIT.unreachable : EXIT.failed
  })
  return worstOf([...codes, ...offline.map(() => EXIT.unreachable)])
}

/** True when the minion was lost, as opposed to a failure of its program. Pure. */
export function isUnreachable(end: RemoteEnd): boolean {
  return 'problem' in end && EXIT_OF_PROBLEM[end.problem.code] === undefined
}

function signalNumber(name: string): number {
  const numbers: { readonly [name: string]: number } = constants.signals
  return numbers[name] ?? 0
}
