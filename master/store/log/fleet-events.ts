import type { Problem } from '../../../protocol/errors.ts'
import type { MinionId, Sha256 } from '../../../protocol/ids.ts'

/** Events about what minions hold, and about runbooks and sessions of operators on them. */

/** Which minion holds which address, from the connections that minions made. */
export type AddressEvent =
  | { readonly type: 'address-held'; readonly minion: MinionId; readonly address: string }
  /** The minion connected from an address that another minion holds, and did not get it. */
  | { readonly type: 'address-refused'; readonly minion: MinionId; readonly address: string; readonly holder: MinionId }
  | {
      readonly type: 'address-released'
      readonly minion: MinionId
      readonly address: string
      /** Absent: released as the oldest of too many. */
      readonly operator?: string
    }

/** The value of an allocation: a number, or a network; for a role that only one minion may have, a text without meaning. */
export type AllocationValue = number | string

/**
 * Stored names still say `lease`, as in earlier versions. `lease` is `role/name` for a value that is unique among minions,
 * `role@level` for a role that only one minion may have.
 */
export type AllocationEvent =
  | {
      readonly type: 'lease-granted'
      readonly lease: string
      readonly minion: MinionId
      readonly value: AllocationValue
      /** Absent: granted by the master because a role requires it. */
      readonly operator?: string
    }
  /** Moved from one minion to another, with its value. */
  | {
      readonly type: 'lease-moved'
      readonly lease: string
      readonly from: MinionId
      readonly minion: MinionId
      readonly operator: string
    }
  | { readonly type: 'lease-released'; readonly lease: string; readonly minion: MinionId; readonly operator: string }

/** `begun`: the step may have been done; it is repeated after a kill. */
const STEP_STATES = ['begun', 'done', 'skipped', 'failed', 'undone'] as const
export type StepState = (typeof STEP_STATES)[number]

/**
 * `waiting`: for a confirmation. `halted`: a step failed, and the runbook must be resumed. `undone`: all completed steps were
 * undone.
 */
const RUNBOOK_STATES = ['running', 'waiting', 'halted', 'undoing', 'undone', 'done'] as const
export type RunbookState = (typeof RUNBOOK_STATES)[number]

/** The progress of one runbook: a master that finds it unfinished needs nothing else to continue it. */
export type RunbookEvent =
  | {
      readonly type: 'runbook-started'
      readonly id: string
      readonly runbook: string
      readonly operator: string
      /** References the blob with its text and everything that its expressions can see. */
      readonly plan: Sha256
      /** What it was called with, as text. */
      readonly target: string
    }
  | {
      readonly type: 'runbook-step'
      readonly id: string
      /** Step number in the plan, from 0. */
      readonly step: number
      readonly name: string
      readonly state: StepState
      /** References the blob with the text that it registered. */
      readonly output?: Sha256
      readonly problem?: Problem
    }
  | {
      readonly type: 'runbook-moved'
      readonly id: string
      readonly to: RunbookState
      /** The operator who confirmed, resumed or aborted it. */
      readonly operator?: string
      readonly problem?: Problem
    }

/** The verb with which an operator accessed a minion. */
export type SessionVerb = 'ssh' | 'run' | 'cp' | 'forward'

/** One manual use of a minion, from start to end. */
export type SessionEvent =
  | {
      readonly type: 'session-opened'
      readonly session: string
      readonly operator: string
      readonly minion: MinionId
      /** Sequence of the order that opens it. */
      readonly sequence: number
      readonly kind: SessionVerb
      readonly via?: string
      /** User on the minion; absent: the user the agent runs as. */
      readonly user?: string
      /** A program, a path or a port; never with a secret in it. */
      readonly target?: string
      /** True when the output is recorded. */
      readonly recording: boolean
    }
  | {
      readonly type: 'session-ended'
      readonly session: string
      /** One of the three tells how it ended. */
      readonly exit?: number
      readonly signal?: string
      readonly problem?: Problem
      readonly durationMs: number
      readonly bytesIn: number
      readonly bytesOut: number
      /** Hash and size of the finished recording. */
      readonly recordingSha256?: Sha256
      readonly recordingBytes?: number
      /** The recording is incomplete. */
      readonly cut?: boolean
    }
  /** The recording was removed because it was too old, or because all of them were too large. */
  | { readonly type: 'recording-expired'; readonly session: string; readonly why: 'age' | 'bytes' }
