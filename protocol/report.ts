import type { CatalogState } from './catalog.ts'
import type { StateOutcome } from './outcomes.ts'
import type { actionNote, orphan, REPORT_SCHEMA, stateResult } from './report-schema.ts'
import type { Wire } from './wire.ts'

/** States of one minion's part of a job. `queued sent accepted running` are in progress, the others final. */
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

export type ActionNote = Wire<typeof actionNote>
export type StateResult = Wire<typeof stateResult>
export type Orphan = Wire<typeof orphan>
export type Report = Wire<typeof REPORT_SCHEMA>
/** Number of states per outcome; absent means none. */
export type OutcomeCounts = { readonly [outcome in StateOutcome]?: number }

/** Counts outcomes, omitting zeros. Pure. */
export function countOutcomes(results: readonly { readonly outcome: StateOutcome }[]): OutcomeCounts {
  const counts: { [outcome in StateOutcome]?: number } = {}
  for (const { outcome } of results) counts[outcome] = (counts[outcome] ?? 0) + 1
  return counts
}

/** True when a state with this outcome makes its run fail, including `reverted` and `interrupted`. */
export function isFailure(outcome: StateOutcome): boolean {
  return outcome === 'failed' || outcome === 'blocked' || outcome === 'reverted' || outcome === 'interrupted'
}

/** The outcome of a state, without its names and times. */
export type ResultOutcome = Pick<StateResult, 'outcome'> &
  Partial<Pick<StateResult, 'actions' | 'diff' | 'output' | 'note' | 'problem' | 'reacted' | 'follows'>>

/** Builds the reported result of a state. `startedAtMs` is milliseconds since 1970. Pure. */
export function resultOf(
  { key, type, id, name, role, declaredAt }: Pick<CatalogState, 'key' | 'type' | 'id' | 'name' | 'role' | 'declaredAt'>,
  startedAtMs: number,
  outcome: ResultOutcome,
  durationMs: number,
): StateResult {
  return {
    key,
    type,
    id,
    name,
    role,
    declaredAt,
    actions: [],
    ...outcome,
    startedAt: new Date(startedAtMs).toISOString(),
    durationMs: Math.round(durationMs),
  }
}
