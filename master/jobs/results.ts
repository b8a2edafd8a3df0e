import type { CheckResult } from '../../protocol/checks.ts'
import type { Problem } from '../../protocol/errors.ts'
import type { StateOutcome } from '../../protocol/outcomes.ts'
import type { Orphan, OutcomeCounts, Report, RunState, StateResult } from '../../protocol/report.ts'
import type { WithWarnings } from '../control/withheld-text.ts'

/** The shapes that `--json` prints and the API answers with: only ever added to. Times are ISO 8601, in UTC. */

export interface RunRow {
  readonly run: string
  readonly job: string
  readonly minion: string
  /** True: nothing was performed. */
  readonly test: boolean
  readonly state: RunState
  readonly wave: number
  readonly queuedAt: string
  readonly finishedAt?: string
  /** From the report. */
  readonly durationMs?: number
  readonly counts?: OutcomeCounts
  /** Why it came to nothing. */
  readonly problem?: Problem
  /** The job whose newer content replaced it. */
  readonly supersededBy?: string
}

/** A run with what its report says of states that are not as they were. */
export interface RunOutcome extends RunRow {
  readonly results: readonly StateResult[]
  /** All that it ran, the passed ones too. */
  readonly checks: readonly CheckResult[]
  readonly owed: Report['owed']
  /** What earlier catalogs left on the host; absent: nothing. */
  readonly orphans?: readonly Orphan[]
}

/** A state of a role, where it took longest. */
export interface SlowState {
  readonly key: string
  readonly type: string
  readonly id: string
  readonly role: string
  readonly durationMs: number
  readonly minion: string
  /** How often it ran, over all minions and rounds. */
  readonly minions: number
}

export interface RunTotal {
  readonly minion: string
  /** At least 2. */
  readonly rounds: number
  /** The weightiest end of all its runs. */
  readonly state: RunState
  /** Each state once, with the weightiest of what it came to. */
  readonly counts: OutcomeCounts
  readonly durationMs: number
}

export interface OfflineMinion {
  readonly minion: string
  readonly since?: string
  /** True: its order waits for it. */
  readonly waiting: boolean
}

export type ApplyEvent =
  | (WithWarnings & {
      readonly type: 'job'
      readonly job: string
      readonly verb: 'apply' | 'test'
      readonly minions: readonly string[]
      readonly offline: readonly OfflineMinion[]
      /** Nothing was ordered for these. Absent: none. */
      readonly leftOut?: readonly LeftOutMinion[]
    })
  | {
      readonly type: 'run'
      readonly minion: string
      readonly run: string
      readonly state: RunState
      readonly states?: number
    }
  /** Without an outcome: it has begun. */
  | {
      readonly type: 'state'
      readonly minion: string
      readonly run: string
      readonly index: number
      readonly states: number
      readonly key: string
      readonly outcome?: StateOutcome
      readonly durationMs?: number
    }
  | { readonly type: 'finished'; readonly run: RunOutcome }
  /** What was reported so far changed the catalogs of these: they are applied anew. */
  | { readonly type: 'round'; readonly round: number; readonly minions: readonly string[] }

/** A minion of the target without a run, and why. */
export interface LeftOutMinion {
  readonly minion: string
  readonly problems: readonly Problem[]
}

export interface ApplyResult extends WithWarnings {
  readonly job: string
  readonly verb: 'apply' | 'test'
  readonly revision: string
  readonly git?: string
  readonly dirty?: boolean
  /** The last run of each minion. */
  readonly runs: readonly RunOutcome[]
  readonly offline: readonly OfflineMinion[]
  /** Runs of earlier rounds, after which the minion was applied once more. Absent: none. */
  readonly earlier?: readonly RunOutcome[]
  /** All rounds as one, for each minion that was applied in several. Absent: none. */
  readonly totals?: readonly RunTotal[]
  /** The states that took longest, as many as were asked for. Absent: none were. */
  readonly slowest?: readonly SlowState[]
  /** Minions that were not compiled, since others have not reported yet what they read. Absent: none. */
  readonly waiting?: readonly { readonly minion: string; readonly problems: readonly Problem[] }[]
  /** Minions that could not be compiled or sealed: nothing was ordered for them. Absent: none. */
  readonly leftOut?: readonly LeftOutMinion[]
  /** Drafts among the roles of these minions, by role: they were not applied. Absent: none. */
  readonly contractOnly?: readonly { readonly role: string; readonly minions: readonly string[] }[]
}

export interface JobRow {
  readonly job: string
  readonly verb: 'apply' | 'test'
  readonly origin: Report['origin']
  readonly target: string
  readonly operator: string
  readonly revision?: string
  readonly git?: string
  readonly dirty?: boolean
  readonly createdAt: string
  readonly expiresAt: string
  /** How many runs are in each state. */
  readonly runs: { readonly [state in RunState]?: number }
}
