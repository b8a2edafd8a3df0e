import { HELD_ADDRESSES, REFUSED_ADDRESSES } from './addresses.ts'
import { ALLOCATIONS } from './allocations.ts'
import { CERTIFICATES } from './certificates.ts'
import { COMPLIANCE } from './compliance.ts'
import { DELIVERIES } from './deliveries.ts'
import { JOBS } from './jobs.ts'
import { JOIN_TOKENS } from './join-tokens.ts'
import { KEYS } from './key-store.ts'
import { COUNTERS, MINIONS, OBSERVATIONS } from './minions.ts'
import type { Projector } from './projector.ts'
import { EXPORTS } from './reported-exports.ts'
import { RESULTS } from './reports.ts'
import { RUNS } from './run-states.ts'
import { RUNBOOK_RUNS, RUNBOOK_STEPS } from './runbooks.ts'
import { FIRINGS, SCHEDULES } from './schedules.ts'
import { SESSIONS } from './sessions.ts'

/** All views. `results` looks at what the run was before this report, so it stands before `runs`. */
export const PROJECTORS: readonly Projector[] = [
  KEYS,
  JOIN_TOKENS,
  MINIONS,
  COUNTERS,
  JOBS,
  RESULTS,
  RUNS,
  EXPORTS,
  CERTIFICATES,
  SCHEDULES,
  FIRINGS,
  DELIVERIES,
  COMPLIANCE,
  OBSERVATIONS,
  SESSIONS,
  ALLOCATIONS,
  HELD_ADDRESSES,
  REFUSED_ADDRESSES,
  RUNBOOK_RUNS,
  RUNBOOK_STEPS,
]
