import { FIRST } from './0001-first.ts'
import { CHECKPOINTS } from './0003-checkpoints.ts'
import { SCHEDULE } from './0004-schedule.ts'
import { OBSERVATIONS } from './0005-observations.ts'
import { COMPLIANCE } from './0006-compliance.ts'
import { SESSIONS } from './0007-sessions.ts'
import { LEASES } from './0010-leases.ts'
import { RUNBOOKS } from './0011-runbooks.ts'
import { PROVEN_SOURCES } from './0012-proven-sources.ts'
import { SUPERSEDED_RUNS } from './0013-superseded-runs.ts'
import { GROWTH } from './0014-growth.ts'
import { BLOB_FILES } from './0015-blob-files.ts'
import { ADDRESSES } from './0016-addresses.ts'
import { JOIN_PATTERNS } from './0017-join-patterns.ts'

/** In order; the number of those that a database has is its `user_version`. A released one never changes. */
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
]
