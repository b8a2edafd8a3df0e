import type { Problem } from '../../../protocol/errors.ts'
import type { RunbookState, StepState } from '../../store/runbook-events.ts'

/** The shapes of `master runbook`: only ever added to. Times are ISO 8601. */

export interface RunbookStepRow {
  readonly step: number
  readonly name: string
  readonly kind: 'require' | 'confirm' | 'run' | 'allocation' | 'apply'
  /** A minion, a target, or a role. */
  readonly on?: string
  /** True: from its beginning on nothing is undone any more. */
  readonly final?: boolean
  /** Absent: it has not begun. */
  readonly state?: StepState
  readonly problem?: Problem
}

export interface RunbookRunRow {
  readonly id: string
  readonly runbook: string
  readonly operator: string
  /** What it was called with. */
  readonly target: string
  readonly state: RunbookState
  readonly startedAt: string
  readonly problem?: Problem
}

export interface RunbookResult extends RunbookRunRow {
  readonly steps: readonly RunbookStepRow[]
  /** What the operator is asked, as long as it waits for him. */
  readonly question?: string
}

export interface RunbookRow {
  readonly runbook: string
  readonly summary: string
  readonly params: readonly { readonly name: string; readonly help: string; readonly required: boolean }[]
}

export interface RunbookListResult {
  readonly runbooks: readonly RunbookRow[]
  /** The newest first. */
  readonly runs: readonly RunbookRunRow[]
}

export interface RunbookPlan {
  readonly runbook: string
  readonly target: string
  readonly steps: readonly RunbookStepRow[]
}

export type RunbookEventLine =
  | { readonly type: 'runbook'; readonly id: string; readonly runbook: string; readonly steps: number }
  | { readonly type: 'step'; readonly step: number; readonly name: string; readonly state: StepState }
