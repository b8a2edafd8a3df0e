import type { Problem } from '../../protocol/errors.ts'
import type { Sha256 } from '../../protocol/ids.ts'

/** `begun`: it may have been done; it is done again after a kill. */
const STEP_STATES = ['begun', 'done', 'skipped', 'failed', 'undone'] as const
export type StepState = (typeof STEP_STATES)[number]

/** `waiting`: for a confirmation. `halted`: a step failed and is to be resumed. `undone`: it failed, and all is as before. */
const RUNBOOK_STATES = ['running', 'waiting', 'halted', 'undoing', 'undone', 'done'] as const
export type RunbookState = (typeof RUNBOOK_STATES)[number]

/** The course of one procedure: whoever finds it unfinished needs nothing else to carry it on. */
export type RunbookEvent =
  | {
      readonly type: 'runbook-started'
      readonly id: string
      readonly runbook: string
      readonly operator: string
      /** Names the blob with its text and all that its expressions see. */
      readonly plan: Sha256
      /** What it was called with, in words. */
      readonly target: string
    }
  | {
      readonly type: 'runbook-step'
      readonly id: string
      /** Its number in the plan, from 0. */
      readonly step: number
      readonly name: string
      readonly state: StepState
      /** Names the blob with the text that it registered. */
      readonly output?: Sha256
      readonly problem?: Problem
    }
  | {
      readonly type: 'runbook-moved'
      readonly id: string
      readonly to: RunbookState
      /** Who confirmed, resumed or aborted it. */
      readonly operator?: string
      readonly problem?: Problem
    }
