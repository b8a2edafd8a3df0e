/** One row a session of an operator on a minion; what was shown lies in a file, whose hash is here. */
export const SESSIONS = `
CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  operator TEXT NOT NULL,
  minion TEXT NOT NULL,
  kind TEXT NOT NULL,
  user TEXT,
  target TEXT,
  opened_at TEXT NOT NULL,
  ended_at TEXT,
  exit INTEGER,
  signal TEXT,
  problem TEXT,
  duration_ms INTEGER,
  bytes_in INTEGER,
  bytes_out INTEGER,
  recording INTEGER NOT NULL,
  recording_sha256 TEXT,
  recording_bytes INTEGER,
  recording_cut INTEGER NOT NULL DEFAULT 0,
  expired TEXT
) STRICT;
CREATE INDEX sessions_by_time ON sessions (opened_at, id);
CREATE INDEX sessions_open ON sessions (id) WHERE ended_at IS NULL;
`
