import { FIRST } from './0001-first.ts'
import { SCHEDULE } from './0002-schedule.ts'
import { CHECKPOINTS } from './0003-checkpoints.ts'
import { COMPLIANCE } from './0004-compliance.ts'
import { OBSERVATIONS } from './0005-observations.ts'
import { SESSIONS } from './0006-sessions.ts'
import { LEASES } from './0007-leases.ts'
import { RUNBOOKS } from './0008-runbooks.ts'
import { PROVEN_SOURCES } from './0009-proven-sources.ts'
import { SUPERSEDED_RUNS } from './0010-superseded-runs.ts'
import { GROWTH } from './0011-growth.ts'
import { BLOB_FILES } from './0012-blob-files.ts'
import { ADDRESSES } from './0013-addresses.ts'
import { JOIN_PATTERNS } from './0014-join-patterns.ts'
import { ORPHANS } from './0015-orphans.ts'
import { CLONE_ADDRESSES } from './0016-clone-addresses.ts'

/**
 * In order, which the number in the name of each file says; how many of them a database has is its `user_version`. A released
 * migration never changes: a test compares them with the digests of the last release.
 */
export const MIGRATIONS: readonly string[] = [
  FIRST,
  SCHEDULE,
  CHECKPOINTS,
  COMPLIANCE,
  OBSERVATIONS,
  SESSIONS,
  LEASES,
  RUNBOOKS,
  PROVEN_SOURCES,
  SUPERSEDED_RUNS,
  GROWTH,
  BLOB_FILES,
  ADDRESSES,
  JOIN_PATTERNS,
  ORPHANS,
  CLONE_ADDRESSES,
]
