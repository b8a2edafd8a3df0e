/** Schedules, their firings, and the outbox: views of the log. A run may have a time before which it is not delivered. */
export const SCHEDULE = `
CREATE TABLE schedules (
  name TEXT PRIMARY KEY,
  rule TEXT NOT NULL,
  -- Nothing up to here fires any more; it never goes back.
  claimed_until TEXT NOT NULL,
  next_at TEXT,
  paused_at TEXT,
  paused_by TEXT,
  removed_at TEXT,
  last_due TEXT,
  last_fired_at TEXT,
  last_outcome TEXT,
  last_job TEXT,
  last_problem TEXT
) STRICT;

-- Those that are not over.
CREATE TABLE firings (
  id TEXT PRIMARY KEY,
  schedule TEXT NOT NULL,
  due TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'fired')),
  orders TEXT NOT NULL,
  job TEXT,
  delivered INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX firings_by_schedule ON firings (schedule, state);

-- Those that are on their way.
CREATE TABLE deliveries (
  id TEXT PRIMARY KEY,
  recipient TEXT NOT NULL,
  subject TEXT NOT NULL,
  document TEXT NOT NULL,
  queued_at TEXT NOT NULL,
  give_up_at TEXT NOT NULL,
  next_at TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  problem TEXT
) STRICT;
CREATE INDEX deliveries_due ON deliveries (next_at);

ALTER TABLE runs ADD COLUMN not_before TEXT;
`
