import { constants } from 'node:os'
import type { ErrorCode, Problem } from '../../../protocol/errors.ts'
import { EXIT, type ExitCode, worstOf } from '../exit-codes.ts'

/** How a program on a minion ended. */
export type RemoteEnd = { readonly exit: number } | { readonly signal: string } | { readonly problem: Problem }

/** What one minion made of `master run`. */
export interface RemoteOutcome {
  readonly minion: string
  readonly end: RemoteEnd
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
  /** Bytes of its outputs that were let go. */
  readonly cutBytes: number
  readonly ms: number
}

/** What `master run` on many minions came to. */
export interface RunAnswer {
  readonly outcomes: readonly RemoteOutcome[]
  /** Minions that were not here: named at once, not waited for. */
  readonly offline: readonly string[]
}

/** What shells and timeout(1) say of programs that were never started or did not end. */
const EXIT_OF_PROBLEM: { readonly [code in ErrorCode]?: number } = {
  PROGRAM_TIMEOUT: 124,
  EXEC_REFUSED: 126,
  OWNER_UNKNOWN: 126,
  PROGRAM_MISSING: 127,
  RUN_CANCELLED: EXIT.interrupted,
  CALL_INTERRUPTED: EXIT.interrupted,
}

/** The exit code of the one remote program, as if it had run here: its own, 128+n of a signal, or what shells say. Pure. */
export function exitOfOne(end: RemoteEnd): number {
  if ('exit' in end) return end.exit
  if ('signal' in end) return 128 + signalNumber(end.signal)
  return EXIT_OF_PROBLEM[end.problem.code] ?? EXIT.unreachable
}

/** 0 all fine, 1 some failed, 4 somebody was unreachable. Pure. */
export function exitOfMany({ outcomes, offline }: RunAnswer): ExitCode {
  const codes = outcomes.map(({ end }): ExitCode => {
    if ('exit' in end && end.exit === 0) return EXIT.fine
    return isUnreachable(end) ? EXIT.unreachable : EXIT.failed
  })
  return worstOf([...codes, ...offline.map(() => EXIT.unreachable)])
}

/** True when the minion was lost, rather than that its program failed. Pure. */
export function isUnreachable(end: RemoteEnd): boolean {
  return 'problem' in end && EXIT_OF_PROBLEM[end.problem.code] === undefined
}

function signalNumber(name: string): number {
  const numbers: { readonly [name: string]: number } = constants.signals
  return numbers[name] ?? 0
}
