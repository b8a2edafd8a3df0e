import type { Catalog } from '../../protocol/catalog.ts'
import type { ContractFinding } from '../../protocol/contract.ts'
import type { Problem } from '../../protocol/errors.ts'
import type { Report, RunState } from '../../protocol/report.ts'
import type { ComplianceReport, TrendPoint } from './report.ts'

/** Input of a compliance report. Code in this directory reads no store, clock or host. Times are ISO 8601. */
export interface ComplianceFacts {
  readonly id: string
  readonly at: string
  readonly target: string
  readonly operator: string
  /** True when the last test runs are used and no new ones were ordered. */
  readonly cached: boolean
  readonly job?: string
  readonly fleet: {
    readonly id: string
    readonly name: string
    readonly revision: string
    readonly git?: string
    readonly dirty?: boolean
  }
  /** Problems of the fleet's files that do not depend on a minion. */
  readonly problems: readonly Problem[]
  readonly minions: readonly MinionFacts[]
  /** All contract requirements for these minions and levels, met or not. */
  readonly contracts: readonly ContractFinding[]
  /** Earlier scores of this target, oldest first. */
  readonly trend: readonly TrendPoint[]
  /** The previous report of this target; findings that persist keep their start time. */
  readonly before?: ComplianceReport
}

export interface MinionFacts {
  readonly minion: string
  readonly level?: string
  /** Assigned and included roles. */
  readonly roles: readonly string[]
  readonly connected: boolean
  readonly lastSeenAt?: string
  /** The catalog as compiled now; absent when it does not compile. */
  readonly compiled?: Catalog
  /** Why the catalog does not compile. */
  readonly problems: readonly Problem[]
  /** The test run to evaluate. */
  readonly test?: TestFacts
  /** The last apply with a report. */
  readonly applied?: AppliedFacts
  /** Runs with a report, newest first. */
  readonly history: readonly PastRun[]
}

export interface TestFacts {
  readonly run: string
  readonly state: RunState
  readonly queuedAt: string
  readonly catalog?: Catalog
  /** Absent when there is no report, or not yet. */
  readonly report?: Report
  readonly problem?: Problem
}

export interface AppliedFacts {
  readonly run: string
  readonly at: string
  readonly report: Report
  /** Absent when this master does not have the catalog. */
  readonly catalog?: Catalog
  readonly git?: string
}

export interface PastRun {
  readonly run: string
  readonly at: string
  /** Noncompliant states at the end: those that would change in a test, or that failed in an apply. */
  readonly wrong: ReadonlySet<string>
}
