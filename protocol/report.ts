import type { CheckResult } from './checks.ts'
import type { Problem } from './errors.ts'
import type { JobId, MinionId, RunId, Sha256, StateKey } from './ids.ts'
import type { JsonObject } from './json.ts'
import type { Observations } from './observations.ts'
import type { SourcePosition } from './source.ts'

/** What came of one state (DECISIONS 5). */
export const STATE_OUTCOMES = [
  'unchanged',
  'changed',
  'would-change',
  'may-change',
  'failed',
  'blocked',
  'skipped',
  'reverted',
  'interrupted',
  'not-run',
] as const
export type StateOutcome = (typeof STATE_OUTCOMES)[number]

/** The life of one minion's part of a job. `queued sent accepted running` are on the way, the others final. */
export const RUN_STATES = [
  'queued',
  'sent',
  'accepted',
  'running',
  'done',
  'failed',
  'cancelled',
  'expired',
  'superseded',
] as const
export type RunState = (typeof RUN_STATES)[number]

/** One thing that was done, or would be: texts only, secrets already hidden. */
export interface ActionNote {
  /** Such as `write-file`, the `do` of the action. */
  readonly kind: string
  /** Such as ``write `/etc/motd` (1.2 kB, mode 0644)``. */
  readonly summary: string
}

export interface StateResult {
  readonly key: StateKey
  readonly type: string
  readonly id: string
  readonly name: string
  readonly role: string
  readonly declaredAt: readonly SourcePosition[]
  readonly outcome: StateOutcome
  readonly actions: readonly ActionNote[]
  /** Unified diff where there is text and no secret. */
  readonly diff?: string
  /** Why: the requisite that failed, the guard that held, the trigger that was owed. */
  readonly note?: string
  /** Why it failed. */
  readonly problem?: Problem
  /** True when its onWatch reaction ran (or would run). */
  readonly reacted?: boolean
  /** In a test: true when it is right by itself, and only its onWatch reaction would run. */
  readonly follows?: boolean
  readonly startedAt: string
  readonly durationMs: number
}

/** A real thing of a host without an owner. */
export interface Orphan {
  /** Such as `file:/etc/motd`. */
  readonly thing: string
  /** The state that declared it last, and where. */
  readonly key: StateKey
  readonly role: string
  readonly declaredAt: readonly SourcePosition[]
  /** True: that state made it; false: it was there before. */
  readonly made: boolean
}

/** How many states had each outcome; absent means none. */
export type OutcomeCounts = { readonly [outcome in StateOutcome]?: number }

/** What came of one run; the truth about it. Written once by the minion, stored once by the master. */
export interface Report {
  readonly format: 1
  readonly run: RunId
  /** Absent for a run that the minion began by itself (boot, local). */
  readonly job?: JobId
  readonly minion: MinionId
  /** True: nothing was performed. */
  readonly test: boolean
  /** `interval`: the highstate of a minion whose master was away; only from one whose catalog told it so. */
  readonly origin: 'order' | 'boot' | 'interval' | 'local'
  readonly catalog: Sha256
  readonly generation: number
  /** Kernel boot id, linux random(4). */
  readonly bootId: string
  readonly startedAt: string
  readonly finishedAt: string
  readonly durationMs: number
  readonly state: Extract<RunState, 'done' | 'failed' | 'cancelled'>
  readonly counts: OutcomeCounts
  /** In the order in which they ran. */
  readonly results: readonly StateResult[]
  /** In the order of the catalog, after all states; absent when its catalog has none, and of a run that a kill cut off. */
  readonly checks?: readonly CheckResult[]
  /** The host as it was after states and checks; absent of a run that a kill cut off. */
  readonly observed?: Observations
  /** What earlier catalogs made or kept on the host and no role declares any more; absent: none. */
  readonly orphans?: readonly Orphan[]
  /** What its states reported for others, by `role/name`; of a map the entries alone that were reported. Absent: nothing. */
  readonly exports?: JsonObject
  /** Reactions still owed after this run: the state and what it owes. */
  readonly owed: readonly { readonly state: StateKey; readonly cause: StateKey }[]
  /** Why the run as a whole failed: catalog refused, killed, disk full. */
  readonly problem?: Problem
}

/** Counts of outcomes, zeros left out. Pure. */
export function countOutcomes(results: readonly { readonly outcome: StateOutcome }[]): OutcomeCounts {
  const counts: { [outcome in StateOutcome]?: number } = {}
  for (const { outcome } of results) counts[outcome] = (counts[outcome] ?? 0) + 1
  return counts
}

/** True when a state with this outcome makes its run a failed one. `reverted` and `interrupted` do. */
export function isFailure(outcome: StateOutcome): boolean {
  return outcome === 'failed' || outcome === 'blocked' || outcome === 'reverted' || outcome === 'interrupted'
}
