import type { CheckResult } from '../../../protocol/checks.ts'
import type { Problem } from '../../../protocol/errors.ts'
import type { JsonObject } from '../../../protocol/json.ts'
import type { Orphan, OutcomeCounts, Report, RunState, StateOutcome, StateResult } from '../../../protocol/report.ts'
import type { ContractState } from './contract-answers.ts'
import type { Withheld, WithWarnings } from './withheld.ts'

/** The shapes that `--json` prints and the API answers with: only ever added to. Times are ISO 8601, in UTC. */

export interface PingAnswer {
  readonly minion: string
  readonly ok: boolean
  /** Round trip inside the master. */
  readonly ms?: number
  /** Since when it is away; absent when it never was here. */
  readonly awaySince?: string
}

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

export interface AwayMinion {
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
      readonly away: readonly AwayMinion[]
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
  readonly away: readonly AwayMinion[]
  /** Runs of earlier rounds, after which the minion was applied once more. Absent: none. */
  readonly earlier?: readonly RunOutcome[]
  /** All rounds as one, for each minion that was applied in several. Absent: none. */
  readonly totals?: readonly RunTotal[]
  /** Minions that were not compiled, since others have not reported yet what they read. Absent: none. */
  readonly waiting?: readonly { readonly minion: string; readonly problems: readonly Problem[] }[]
  /** Minions that could not be compiled or sealed: nothing was ordered for them. Absent: none. */
  readonly leftOut?: readonly LeftOutMinion[]
  /** Roles of these minions that are a contract only, by role: nothing of them was applied. Absent: none. */
  readonly contractOnly?: readonly { readonly role: string; readonly minions: readonly string[] }[]
}

export interface MinionRow {
  readonly minion: string
  readonly key: 'accepted' | 'none'
  readonly connected: boolean
  readonly lastSeenAt?: string
  readonly level?: string
  readonly roles: readonly string[]
  readonly os?: string
  /** The trusted one. */
  readonly address?: string
  /** As it says itself. */
  readonly ip4?: string
  readonly version?: string
  readonly lastRun?: { readonly run: string; readonly state: RunState; readonly at: string }
  /** Entries of inventory.yml and matches of pillar/top.yml that match its id and do not count; absent: none. */
  readonly withheld?: Withheld
}

export interface StatusResult {
  readonly version: string
  readonly pid: number
  readonly startedAt: string
  readonly fleet: {
    readonly id: string
    readonly name: string
    readonly directory: string
    /** Absent while fleet.yml or inventory.yml cannot be used. */
    readonly revision?: string
    /** What is wrong with its files. */
    readonly problems?: readonly Problem[]
  }
  readonly root: string
  readonly master: string
  readonly listen: string
  readonly minions: {
    readonly accepted: number
    readonly connected: number
    readonly pending: number /** Ids with a pending key beside an accepted one. */
    readonly taken?: readonly string[]
  }
  readonly runs: { readonly onTheWay: number }
  readonly log: { readonly lastSeq: number }
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

export interface JobDetail {
  readonly job: JobRow
  readonly runs: readonly RunOutcome[]
}

export interface CancelResult {
  readonly job: string
  /** Runs that ended at once, and those that end when their minion says so. */
  readonly cancelled: readonly string[]
  readonly asked: readonly string[]
}

export interface ReportResult {
  readonly reports: readonly Report[]
  /** Runs of what was asked for that have no report. */
  readonly without: readonly RunRow[]
}

export interface EventLine {
  readonly seq: number
  readonly at: string
  readonly type: string
  readonly event: JsonObject
}

export interface KeyRow {
  readonly minion: string
  readonly state: 'pending' | 'accepted' | 'rejected' | 'revoked'
  readonly fingerprint: string
  readonly firstSeenAt: string
  readonly decidedAt?: string
  readonly by?: string
  readonly address?: string
  readonly roles?: readonly string[]
  readonly level?: string
  readonly cloneAlarmAt?: string
  /** Of a pending key: the key that is accepted for the same id. */
  readonly acceptedKey?: string
}

/** A key that is accepted, or would be, and what its minion then has by the inventory and by this decision. */
export interface AcceptResult extends KeyRow {
  readonly follows: { readonly roles: readonly string[]; readonly level?: string }
}

export interface TokenRow {
  readonly token: string
  readonly roles: readonly string[]
  readonly level?: string
  readonly minion?: string
  readonly uses: number
  readonly used: number
  readonly createdAt: string
  readonly expiresAt: string
  readonly state: 'good' | 'used-up' | 'expired'
}

export interface TokenCreated {
  /** The id or pattern of ids that it is for. */
  readonly minion: string
  /** The whole token: shown once, kept nowhere. */
  readonly token: string
  readonly id: string
  readonly expiresAt: string
  /** What to type on the VM. */
  readonly command: string
  /** What its minion shall connect to, `host:port`. */
  readonly master: string
  /** True: nobody said it, it is an address of this machine. */
  readonly isGuess: boolean
  /** The Debian package that the VM needs first. */
  readonly package: string
}

export interface PillarPlace {
  readonly path: string
  readonly file: string
  readonly warnings: readonly Problem[]
}

export interface LintResult {
  readonly minions: number
  readonly roles: number
  readonly problems: readonly Problem[]
  /** What is allowed and not good. */
  readonly warnings: readonly Problem[]
}

export interface RenderResult {
  readonly minion: string
  /** Secrets stand as `***`. */
  readonly catalog: JsonObject
  /** The content of the one file that was asked for. */
  readonly file?: string
}

export interface RoleRow {
  readonly role: string
  readonly summary: string
  readonly includes: readonly string[]
  /** `contract`: its states are still to come. */
  readonly state: 'ready' | 'contract'
  /** Its contract in a few words; empty: it demands nothing. */
  readonly demands: string
  /** Minions that have it, assigned or included. */
  readonly minions: readonly string[]
  /** Of a role that one minion of a level has: who that is by allocation, and whom the inventory names. Absent: another role. */
  readonly holders?: readonly {
    readonly level: string
    readonly minion: string
    readonly inventory: readonly string[]
  }[]
  /** Where its contract demands something; what needs DNS is judged by `master contract` alone. */
  readonly contract: readonly ContractState[]
}
