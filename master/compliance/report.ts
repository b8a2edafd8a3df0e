import type { SourcePosition } from '../../protocol/source.ts'

/** Statuses, worst first. A minion's status is the worst that it has; all findings are listed anyway. */
export const STATUSES = ['unreachable', 'failed', 'contract-broken', 'drifted', 'outdated', 'compliant'] as const
export type Status = (typeof STATUSES)[number]
export type Trouble = Exclude<Status, 'compliant'>

/** Why a state is noncompliant. */
export type Cause =
  /** The catalog was the last one applied, so the host changed. */
  | 'by-hand'
  /** The fleet's files, or data that they read, changed and were not applied yet. */
  | 'fleet-changed'
  /** The last apply did not fix it. */
  | 'left-undone'
  | 'never-applied'

/** One thing that is wrong. The shape that `--output json` prints: only ever added to. Times are ISO 8601, in UTC. */
export interface Finding {
  /** Stable while the problem persists: level or minion, kind, and subject. */
  readonly id: string
  readonly status: Trouble
  /** For example `state`, `check`, `contract`, `link`, `catalog`, `certificate`, `run`, `host`, `fleet`. */
  readonly kind: 'state' | 'check' | 'contract' | 'link' | 'catalog' | 'certificate' | 'run' | 'host' | 'fleet'
  readonly level: string
  readonly role?: string
  /** Absent when it concerns a whole level or the fleet. */
  readonly minion?: string
  /** A state key, a check or a requirement. */
  readonly subject: string
  /** A few words that name the problem. */
  readonly title: string
  /** Details; can have several lines. */
  readonly detail?: string
  readonly cause?: Cause
  /** One sentence that explains the cause. */
  readonly why?: string
  /** First seen, as far back as the reports go. */
  readonly since?: string
  readonly expected?: string
  readonly found?: string
  /** What an apply would do. */
  readonly actions: readonly string[]
  /** Unified diff; never of a secret. */
  readonly diff?: string
  /** States that differ from the last applied catalog. */
  readonly states: readonly StateChange[]
  readonly source?: SourcePosition
  /** Next command to type. */
  readonly next?: string
  /** The previous report of this target did not have it; false when there is none. */
  readonly isNew: boolean
}

/** Equal findings of several minions, or one finding. Texts that differ only by the minion's name have `{{minion.id}}` there. */
export interface FindingGroup extends Omit<Finding, 'id' | 'level' | 'minion' | 'isNew'> {
  readonly levels: readonly string[]
  /** Empty when it concerns a whole level or the fleet. */
  readonly minions: readonly GroupMember[]
  /** True when it is new, or new on some of the minions. */
  readonly isNew: boolean
}

export interface GroupMember {
  readonly minion: string
  readonly since?: string
  readonly isNew: boolean
}

export interface StateChange {
  readonly key: string
  readonly change: 'added' | 'changed' | 'removed'
  /** What an apply would do on the host; empty when the host already complies, or when it cannot be known. */
  readonly actions: readonly string[]
  readonly diff?: string
}

export interface MinionJudgement {
  readonly minion: string
  readonly level: string
  readonly roles: readonly string[]
  readonly status: Status
  /** Number of findings about the minion. */
  readonly findings: number
  /** Keys of compliant states. */
  readonly right: readonly string[]
  /** Checks that passed. */
  readonly passed: readonly string[]
  /** States that would change only because of another state, or that cannot be evaluated yet; they are not findings. */
  readonly follows: readonly { readonly key: string; readonly note: string }[]
  /** What earlier runs made and no state declares any more; no findings. Absent: nothing. */
  readonly orphans?: readonly { readonly thing: string; readonly key: string }[]
  readonly testedAt?: string
  readonly testRun?: string
  readonly appliedAt?: string
  readonly lastSeenAt?: string
}

/** A requirement of a contract. One for a whole level (no minion) counts beside the minions; others are part of their minion. */
export interface ContractJudgement {
  readonly level: string
  readonly role?: string
  readonly minion?: string
  readonly kind: string
  readonly expected: string
  readonly found: string
  readonly ok: boolean
}

export interface Score {
  /** Percentage of evaluated items that comply, rounded down to one decimal, so that 100 means all of them. */
  readonly score: number
  readonly right: number
  readonly judged: number
}

export interface RoleSummary extends Score {
  readonly role: string
  readonly minions: readonly string[]
}

export interface LevelSummary extends Score {
  readonly level: string
  readonly minions: { readonly [status in Status]: number }
  readonly contracts: { readonly kept: number; readonly broken: number }
  readonly roles: readonly RoleSummary[]
}

export interface TrendPoint {
  readonly id: string
  readonly at: string
  readonly score: number
  /** Equal findings of several minions count once. */
  readonly findings: number
}

export interface ComplianceReport extends Score {
  readonly format: 1
  readonly id: string
  readonly at: string
  readonly target: string
  readonly operator: string
  readonly cached: boolean
  /** The job of the test runs. */
  readonly job?: string
  readonly fleet: {
    readonly id: string
    readonly name: string
    readonly revision: string
    readonly git?: string
    readonly dirty?: boolean
  }
  readonly minions: { readonly [status in Status]: number }
  readonly contracts: { readonly kept: number; readonly broken: number }
  readonly levels: readonly LevelSummary[]
  /** Worst first. */
  readonly findings: readonly Finding[]
  /** The same findings, with equal ones of several minions as one. */
  readonly groups: readonly FindingGroup[]
  /** The report of this target that it is compared with. */
  readonly previous?: { readonly id: string; readonly at: string }
  /** Findings of the previous report that were inspected again and are gone. */
  readonly resolved: readonly FindingGroup[]
  /** By level, then worst first, then by id. */
  readonly judgements: readonly MinionJudgement[]
  readonly demands: readonly ContractJudgement[]
  /** Oldest first; the last one is this report. */
  readonly trend: readonly TrendPoint[]
}

/** Returns the rank of a status; 0 is the worst. Pure. */
export function rankOf(status: Status): number {
  return STATUSES.indexOf(status)
}
