import { HELD_ADDRESSES, REFUSED_ADDRESSES } from '../tables/addresses.ts'
import { ALLOCATIONS } from '../tables/allocations.ts'
import { CERTIFICATES } from '../tables/certificates.ts'
import { COMPLIANCE } from '../tables/compliance.ts'
import { DELIVERIES } from '../tables/deliveries.ts'
import { JOBS } from '../tables/jobs.ts'
import { JOIN_TOKENS } from '../tables/join-tokens.ts'
import { KEYS } from '../tables/key-store.ts'
import { COUNTERS, MINIONS, OBSERVATIONS } from '../tables/minions.ts'
import { ORPHANS } from '../tables/orphans.ts'
import { EXPORTS } from '../tables/reported-exports.ts'
import { RESULTS } from '../tables/reports.ts'
import { RUNS } from '../tables/run-states.ts'
import { RUNBOOK_RUNS, RUNBOOK_STEPS } from '../tables/runbooks.ts'
import { SCHEDULED_RUNS, SCHEDULES } from '../tables/schedules.ts'
import { SESSIONS } from '../tables/sessions.ts'
import type { Projector } from './projector.ts'

/**
 * All views, in the order in which they are written. `results` reads the run as it was before this report, so it comes before
 * `runs`.
 */
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
  SCHEDULED_RUNS,
  DELIVERIES,
  COMPLIANCE,
  OBSERVATIONS,
  ORPHANS,
  SESSIONS,
  ALLOCATIONS,
  HELD_ADDRESSES,
  REFUSED_ADDRESSES,
  RUNBOOK_RUNS,
  RUNBOOK_STEPS,
]
