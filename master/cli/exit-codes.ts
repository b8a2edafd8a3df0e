import type { ErrorCode, Problem } from '../../protocol/errors.ts'
import type { ComplianceReport } from '../compliance/report.ts'
import type { ApplyResult } from '../jobs/results.ts'
import type { DoctorResult } from '../verbs/doctor.ts'
import type { PingAnswer } from '../verbs/minions.ts'

/** Exit codes that shell scripts can rely on. */
export const EXIT = {
  fine: 0,
  failed: 1,
  wrongUse: 2,
  nobody: 3,
  unreachable: 4,
  wouldChange: 5,
  /** The exit code of shells after ctrl-C. */
  interrupted: 130,
} as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** Which code wins when several apply (docs/design.md F15). */
const PRECEDENCE: readonly ExitCode[] = [130, 2, 3, 1, 4, 5, 0]

/** Errors that are not caused by what the operator typed or by fleet files. */
const TROUBLE: readonly ErrorCode[] = [
  'INTERNAL',
  'STORE_FULL',
  'STORE_DAMAGED',
  'STORE_LOCKED',
  'STORE_UNREADABLE',
  'STORE_EMPTY',
  'IDENTITY_UNSAFE',
  'IDENTITY_DAMAGED',
  'LISTEN_FAILED',
  'SOCKET_TAKEN',
  'BACKUP_FAILED',
  'BOOTSTRAP_FAILED',
  'RECORDING_ALTERED',
  'FORWARD_REFUSED',
  'BLOB_MISMATCH',
  'DISK_FULL',
  'SYSTEMD_UNREACHABLE',
  'DESCRIPTORS_EXHAUSTED',
  'FILE_CHANGED',
  'OUTPUT_FAILED',
]

export function worstOf(codes: readonly ExitCode[]): ExitCode {
  return PRECEDENCE.find(code => codes.includes(code)) ?? EXIT.fine
}

export function exitOfProblems(problems: readonly Problem[]): ExitCode {
  return worstOf(
    problems.map(({ code }) => {
      if (code === 'TARGET_MATCHES_NOBODY') return EXIT.nobody
      if (code === 'CALL_INTERRUPTED') return EXIT.interrupted
      if (code === 'MASTER_NOT_RUNNING' || code === 'MASTER_STOPPING' || code === 'MINION_AWAY') return EXIT.unreachable
      return TROUBLE.includes(code) ? EXIT.failed : EXIT.wrongUse
    }),
  )
}

/** Computes the exit code of an apply, a test or a run about orphans. `detailed`: 5 when a test would change something. */
export function exitOfApply(result: ApplyResult, { detailed }: { readonly detailed: boolean }): ExitCode {
  // A failure in an earlier round counts too.
  const codes = [...(result.earlier ?? []), ...result.runs].map((run): ExitCode => {
    if (run.state === 'failed' || run.state === 'cancelled' || run.state === 'superseded') return EXIT.failed
    if (run.state !== 'done') return EXIT.unreachable
    const wouldChange = (run.counts?.['would-change'] ?? 0) > 0
    return detailed && result.verb === 'test' && wouldChange ? EXIT.wouldChange : EXIT.fine
  })
  // A waiting minion is no failure of a test, which cannot judge it; others leave it undone.
  const undone = result.verb !== 'test' && (result.waiting ?? []).length > 0
  if (undone) codes.push(EXIT.failed)
  if ((result.leftOut ?? []).length > 0) codes.push(EXIT.wrongUse)
  return worstOf([...codes, ...(result.offline.length > 0 ? [EXIT.unreachable] : [])])
}

/**
 * Computes the exit code of a compliance report. `failUnder`: 1 when the score is lower. Drift alone is no failure, as in a
 * test.
 */
export function exitOfCompliance({ score, findings }: ComplianceReport, failUnder = 0): ExitCode {
  const has = (status: string): boolean => findings.some(finding => finding.status === status)
  return worstOf([
    score < failUnder || has('failed') ? EXIT.failed : EXIT.fine,
    has('unreachable') ? EXIT.unreachable : EXIT.fine,
  ])
}

/** Warnings, and what could not be checked, are no failure. */
export function exitOfDoctor({ checks }: DoctorResult): ExitCode {
  return checks.some(({ status }) => status === 'problem') ? EXIT.failed : EXIT.fine
}

export function exitOfPing(answers: readonly PingAnswer[]): ExitCode {
  return answers.every(({ ok }) => ok) ? EXIT.fine : EXIT.unreachable
}
