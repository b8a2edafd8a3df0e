import type { CheckResult } from '../../protocol/checks.ts'
import type { Problem } from '../../protocol/errors.ts'
import type { StateOutcome } from '../../protocol/outcomes.ts'
import type { Orphan, OutcomeCounts, Report, RunState, StateResult } from '../../protocol/report.ts'
import type { WithWarnings } from '../control/withheld-text.ts'
import type { JobVerb } from '../store/log/events.ts'

/** The shapes that `--json` prints and the API returns. They are only ever extended. Times are ISO 8601 in UTC. */

export interface RunRow {
  readonly run: string
  readonly job: string
  readonly minion: string
  /** True: a dry run. */
  readonly test: boolean
  readonly state: RunState
  readonly wave: number
  readonly queuedAt: string
  readonly finishedAt?: string
  /** Taken from the report. */
  readonly durationMs?: number
  readonly counts?: OutcomeCounts
  /** Why the run failed or was not performed. */
  readonly problem?: Problem
  /** The job whose newer content superseded this run. */
  readonly supersededBy?: string
}

/** A run with those results of its report that are not `unchanged`. */
export interface RunOutcome extends RunRow {
  readonly results: readonly StateResult[]
  /** All checks that ran, including passed ones. */
  readonly checks: readonly CheckResult[]
  readonly owed: Report['owed']
  /** What earlier catalogs left on the host; absent: nothing. */
  readonly orphans?: readonly Orphan[]
}

/** A state of a role, with the minion where it took longest. */
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
  /** The most severe state of all its runs. */
  readonly state: RunState
  /** Each state counted once, with its overall outcome. */
  readonly counts: OutcomeCounts
  readonly durationMs: number
}

export interface OfflineMinion {
  readonly minion: string
  readonly since?: string
  /** True: an order is pending for it. */
  readonly waiting: boolean
}

export type ApplyEvent =
  | (WithWarnings & {
      readonly type: 'job'
      readonly job: string
      readonly verb: JobVerb
      readonly minions: readonly string[]
      readonly offline: readonly OfflineMinion[]
      /** Minions for which nothing was ordered. Absent: none. */
      readonly leftOut?: readonly LeftOutMinion[]
    })
  | {
      readonly type: 'run'
      readonly minion: string
      readonly run: string
      readonly state: RunState
      readonly states?: number
    }
  /** Without an outcome, the state has started. */
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
  /** Values reported so far changed the catalogs of these minions, so they are applied again. */
  | { readonly type: 'round'; readonly round: number; readonly minions: readonly string[] }

/** A minion of the target without a run, and why. */
export interface LeftOutMinion {
  readonly minion: string
  readonly problems: readonly Problem[]
}

export interface ApplyResult extends WithWarnings {
  readonly job: string
  readonly verb: JobVerb
  readonly revision: string
  readonly git?: string
  readonly dirty?: boolean
  /** The last run of each minion. */
  readonly runs: readonly RunOutcome[]
  readonly offline: readonly OfflineMinion[]
  /** Runs of earlier rounds, after which the minion was applied again. Absent: none. */
  readonly earlier?: readonly RunOutcome[]
  /** Totals over all rounds, for each minion that was applied in several. Absent: none. */
  readonly totals?: readonly RunTotal[]
  /** The states that took longest, as many as were requested. Absent: none were requested. */
  readonly slowest?: readonly SlowState[]
  /** Minions that were not compiled, because values that they read have not been reported yet. Absent: none. */
  readonly waiting?: readonly { readonly minion: string; readonly problems: readonly Problem[] }[]
  /** Minions that could not be compiled or encrypted for; nothing was ordered for them. Absent: none. */
  readonly leftOut?: readonly LeftOutMinion[]
  /** Draft roles of these minions, by role; they were not applied. Absent: none. */
  readonly contractOnly?: readonly { readonly role: string; readonly minions: readonly string[] }[]
}

export interface JobRow {
  readonly job: string
  readonly verb: JobVerb
  readonly origin: Report['origin']
  readonly target: string
  readonly operator: string
  readonly revision?: string
  readonly git?: string
  readonly dirty?: boolean
  readonly createdAt: string
  readonly expiresAt: string
  /** Number of runs in each state. */
  readonly runs: { readonly [state in RunState]?: number }
}
