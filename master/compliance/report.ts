import type { SourcePosition } from '../../protocol/source.ts'

/** The worst first; the first that a minion has is its status, and every finding is named all the same. */
export const STATUSES = ['unreachable', 'failed', 'contract-broken', 'drifted', 'outdated', 'compliant'] as const
export type Status = (typeof STATUSES)[number]
export type Trouble = Exclude<Status, 'compliant'>

/** How a state came to be wrong. */
export type Cause =
  /** The catalog is the one that was applied last, so it was the host that changed. */
  | 'by-hand'
  /** The fleet's files (or what they read) changed, and that was not applied yet. */
  | 'fleet-changed'
  /** The last apply did not fix it. */
  | 'left-undone'
  | 'never-applied'

/** One thing that is wrong. The shape that `--output json` prints: only ever added to. Times are ISO 8601, in UTC. */
export interface Finding {
  /** The same as long as the same thing is wrong: level or minion, kind, and what it is about. */
  readonly id: string
  readonly status: Trouble
  /** For example `state`, `check`, `contract`, `link`, `catalog`, `certificate`, `run`, `host`, `fleet`. */
  readonly kind: 'state' | 'check' | 'contract' | 'link' | 'catalog' | 'certificate' | 'run' | 'host' | 'fleet'
  readonly level: string
  readonly role?: string
  /** Absent: it is about a whole level, or the fleet. */
  readonly minion?: string
  /** State key, check, demand. */
  readonly subject: string
  /** A few words: what is it that is wrong. */
  readonly title: string
  /** What was said of it; may have several lines. */
  readonly detail?: string
  readonly cause?: Cause
  /** One sentence: why it is so. */
  readonly why?: string
  /** First seen wrong, as far as the reports tell. */
  readonly since?: string
  readonly expected?: string
  readonly found?: string
  /** What an apply would do. */
  readonly actions: readonly string[]
  /** Unified; never of a secret. */
  readonly diff?: string
  /** States of a catalog that differ from the last applied one. */
  readonly states: readonly StateChange[]
  readonly source?: SourcePosition
  /** What to type next. */
  readonly next?: string
}

export interface StateChange {
  readonly key: string
  readonly change: 'added' | 'changed' | 'removed'
  /** What an apply would do on the host; none: it is right there already, or cannot be known. */
  readonly actions: readonly string[]
  readonly diff?: string
}

export interface MinionJudgement {
  readonly minion: string
  readonly level: string
  readonly roles: readonly string[]
  readonly status: Status
  /** How many findings are about it. */
  readonly findings: number
  /** Keys of states that are right. */
  readonly right: readonly string[]
  /** Checks that passed. */
  readonly passed: readonly string[]
  /** Would change only because something else does, or cannot be known before: no findings of their own. */
  readonly follows: readonly { readonly key: string; readonly note: string }[]
  readonly testedAt?: string
  readonly testRun?: string
  readonly appliedAt?: string
  readonly lastSeenAt?: string
}

/** A demand of a contract. One on a whole level (no minion) is judged beside the minions; others are part of theirs. */
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
  /** Percent of what is judged that is right, rounded down to one decimal: 100 means all of it. */
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
  readonly findings: number
}

export interface ComplianceReport extends Score {
  readonly format: 1
  readonly id: string
  readonly at: string
  readonly target: string
  readonly operator: string
  readonly cached: boolean
  /** The job of its test runs. */
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
  /** The worst first. */
  readonly findings: readonly Finding[]
  /** By level, then the worst first, then by id. */
  readonly judgements: readonly MinionJudgement[]
  readonly demands: readonly ContractJudgement[]
  /** The oldest first; the last one is this report. */
  readonly trend: readonly TrendPoint[]
}

/** Where a status stands among the others; 0 is the worst. Pure. */
export function rankOf(status: Status): number {
  return STATUSES.indexOf(status)
}
