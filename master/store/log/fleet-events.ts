import type { Problem } from '../../../protocol/errors.ts'
import type { MinionId, Sha256 } from '../../../protocol/ids.ts'

/** Events about what minions hold, and about procedures and sessions of operators on them. */

/** Who has which address, by the connections that minions made. */
export type AddressEvent =
  | { readonly type: 'address-held'; readonly minion: MinionId; readonly address: string }
  /** It connected from an address that another minion holds, and did not get it. */
  | { readonly type: 'address-refused'; readonly minion: MinionId; readonly address: string; readonly holder: MinionId }
  | {
      readonly type: 'address-released'
      readonly minion: MinionId
      readonly address: string
      /** Absent: it was the oldest of too many. */
      readonly operator?: string
    }

/** What may be held: a number, or a network; of a role that only one may have a word that says nothing. */
export type AllocationValue = number | string

/** The stored names say `lease`, as they did in earlier versions. `lease` is `role/name` for a value that is unique among minions, `role@level` for a role that only one may have. */
export type AllocationEvent =
  | {
      readonly type: 'lease-granted'
      readonly lease: string
      readonly minion: MinionId
      readonly value: AllocationValue
      /** Absent: the master gave it by itself, since a role wants it. */
      readonly operator?: string
    }
  /** From one minion to another, with its value. */
  | {
      readonly type: 'lease-moved'
      readonly lease: string
      readonly from: MinionId
      readonly minion: MinionId
      readonly operator: string
    }
  | { readonly type: 'lease-released'; readonly lease: string; readonly minion: MinionId; readonly operator: string }

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

/** By which verb an operator came to a minion. */
export type SessionVerb = 'ssh' | 'run' | 'cp' | 'forward'

/** One use of a minion by hand, from beginning to end. */
export type SessionEvent =
  | {
      readonly type: 'session-opened'
      readonly session: string
      readonly operator: string
      readonly minion: MinionId
      /** Of the order that opens it. */
      readonly sequence: number
      readonly kind: SessionVerb
      readonly via?: string
      /** Of the minion's system; absent: whom the agent runs as. */
      readonly user?: string
      /** Of what: a program, a path, a port. Never with a secret in it. */
      readonly target?: string
      /** What is shown there is recorded. */
      readonly recording: boolean
    }
  | {
      readonly type: 'session-ended'
      readonly session: string
      /** One of the three says how. */
      readonly exit?: number
      readonly signal?: string
      readonly problem?: Problem
      readonly durationMs: number
      readonly bytesIn: number
      readonly bytesOut: number
      /** Of the recording as it was finished. */
      readonly recordingSha256?: Sha256
      readonly recordingBytes?: number
      /** Not all that was shown is in the recording. */
      readonly cut?: boolean
    }
  /** The recording was removed, since it was too old or all of them were too large. */
  | { readonly type: 'recording-expired'; readonly session: string; readonly why: 'age' | 'bytes' }
