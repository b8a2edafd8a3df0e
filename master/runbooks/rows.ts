import type { Problem } from '../../protocol/errors.ts'
import type { StepState } from '../store/log/fleet-events.ts'

export interface RunbookStepRow {
  readonly step: number
  readonly name: string
  readonly kind: 'require' | 'confirm' | 'run' | 'allocation' | 'apply'
  /** A minion, a target, or a role. */
  readonly on?: string
  /** True: once it has begun, nothing is undone any more. */
  readonly final?: boolean
  /** Absent: it has not started. */
  readonly state?: StepState
  readonly problem?: Problem
}

export type RunbookEventLine =
  | { readonly type: 'runbook'; readonly id: string; readonly runbook: string; readonly steps: number }
  | { readonly type: 'step'; readonly step: number; readonly name: string; readonly state: StepState }
