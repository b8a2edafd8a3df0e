import type { Catalog } from '../../protocol/catalog.ts'
import type { ContractFinding } from '../../protocol/contract.ts'
import type { Problem } from '../../protocol/errors.ts'
import type { Report, RunState } from '../../protocol/report.ts'
import type { ComplianceReport, TrendPoint } from './report.ts'

/** What was gathered before anything is judged: this room reads no store, no clock and no host. Times are ISO 8601. */
export interface ComplianceFacts {
  readonly id: string
  readonly at: string
  readonly target: string
  readonly operator: string
  /** True: the last test runs were taken as they are, none was ordered. */
  readonly cached: boolean
  readonly job?: string
  readonly fleet: {
    readonly id: string
    readonly name: string
    readonly revision: string
    readonly git?: string
    readonly dirty?: boolean
  }
  /** Wrong with the fleet's files, whoever is compiled. */
  readonly problems: readonly Problem[]
  readonly minions: readonly MinionFacts[]
  /** Every demand of every contract that is about these minions and levels, kept or not. */
  readonly contracts: readonly ContractFinding[]
  /** Earlier judgements of this target, the oldest first. */
  readonly trend: readonly TrendPoint[]
  /** The judgement of this target before this one: what was wrong then goes on since then. */
  readonly before?: ComplianceReport
}

export interface MinionFacts {
  readonly minion: string
  readonly level?: string
  /** Assigned and included. */
  readonly roles: readonly string[]
  readonly connected: boolean
  readonly lastSeenAt?: string
  /** As its catalog would be compiled now; absent when that was not possible. */
  readonly compiled?: Catalog
  /** Why it could not be compiled. */
  readonly problems: readonly Problem[]
  /** The test run that is judged. */
  readonly test?: TestFacts
  /** The last apply that reported. */
  readonly applied?: AppliedFacts
  /** Runs with a report, the newest first. */
  readonly history: readonly PastRun[]
}

export interface TestFacts {
  readonly run: string
  readonly state: RunState
  readonly queuedAt: string
  readonly catalog?: Catalog
  /** Absent: it has not reported (yet). */
  readonly report?: Report
  readonly problem?: Problem
}

export interface AppliedFacts {
  readonly run: string
  readonly at: string
  readonly report: Report
  /** Absent for a catalog that this master does not have. */
  readonly catalog?: Catalog
  readonly git?: string
}

export interface PastRun {
  readonly run: string
  readonly at: string
  /** States that were not right when it ended: in a test those that would change, in an apply those that failed. */
  readonly wrong: ReadonlySet<string>
}
