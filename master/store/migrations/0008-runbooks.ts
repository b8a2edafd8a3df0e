/** Procedures and their steps: views of the log. */
export const RUNBOOKS = `
CREATE TABLE runbook_runs (
  id TEXT PRIMARY KEY,
  runbook TEXT NOT NULL,
  operator TEXT NOT NULL,
  target TEXT NOT NULL,
  plan TEXT NOT NULL,
  state TEXT NOT NULL,
  problem TEXT,
  started_at TEXT NOT NULL,
  moved_at TEXT NOT NULL
) STRICT;

CREATE TABLE runbook_steps (
  id TEXT NOT NULL,
  step INTEGER NOT NULL,
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  output TEXT,
  problem TEXT,
  at TEXT NOT NULL,
  PRIMARY KEY (id, step)
) STRICT;
`
