/** Everything that first light keeps. `log`, `blobs`, `kv`, `leases` are the truth; the rest are views of the log. */
export const FIRST = `
CREATE TABLE log (
  seq INTEGER PRIMARY KEY,
  key TEXT UNIQUE,
  bytes BLOB NOT NULL CHECK (length(bytes) <= 4096),
  hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE TRIGGER log_is_never_changed BEFORE UPDATE ON log BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER log_is_never_cut BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

CREATE TABLE blobs (
  sha256 TEXT PRIMARY KEY,
  size INTEGER NOT NULL,
  packed INTEGER NOT NULL,
  bytes BLOB NOT NULL
) STRICT;

-- A deleted value keeps its row and version, so that a late writer cannot take a new one for the old.
CREATE TABLE kv (name TEXT PRIMARY KEY, value TEXT, version INTEGER NOT NULL) STRICT;
CREATE TABLE leases (
  name TEXT PRIMARY KEY,
  holder TEXT,
  token INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE keys (
  minion TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  key TEXT NOT NULL,
  sealing_key TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'accepted', 'rejected', 'revoked')),
  address TEXT,
  first_seen_at TEXT NOT NULL,
  decided_at TEXT,
  operator TEXT,
  token TEXT,
  roles TEXT,
  level TEXT,
  clone_alarm_at TEXT,
  PRIMARY KEY (minion, fingerprint)
) STRICT;
CREATE UNIQUE INDEX one_accepted_key_a_minion ON keys (minion) WHERE state = 'accepted';
CREATE INDEX keys_pending ON keys (state) WHERE state = 'pending';

CREATE TABLE join_tokens (
  id TEXT PRIMARY KEY,
  public_key TEXT NOT NULL,
  roles TEXT NOT NULL,
  level TEXT,
  minion TEXT,
  uses INTEGER NOT NULL,
  used INTEGER NOT NULL DEFAULT 0 CHECK (used <= uses),
  created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  operator TEXT NOT NULL
) STRICT;

CREATE TABLE minions (
  id TEXT PRIMARY KEY,
  fingerprint TEXT,
  grains TEXT,
  boot_id TEXT,
  address TEXT,
  connected INTEGER NOT NULL DEFAULT 0,
  last_seen_at TEXT
) STRICT;

CREATE TABLE counters (
  minion TEXT PRIMARY KEY,
  sequence INTEGER NOT NULL DEFAULT 0,
  generation INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  verb TEXT NOT NULL,
  origin TEXT NOT NULL,
  target TEXT NOT NULL,
  operator TEXT NOT NULL,
  revision TEXT,
  git TEXT,
  dirty INTEGER,
  options TEXT NOT NULL,
  created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL
) STRICT;

CREATE TABLE runs (
  id TEXT PRIMARY KEY,
  job TEXT NOT NULL REFERENCES jobs (id) DEFERRABLE INITIALLY DEFERRED,
  minion TEXT NOT NULL,
  state TEXT NOT NULL,
  catalog TEXT NOT NULL,
  box TEXT,
  generation INTEGER NOT NULL,
  wave INTEGER NOT NULL,
  boot_id TEXT,
  sequence INTEGER,
  states INTEGER,
  queued_at TEXT NOT NULL,
  sent_at TEXT,
  accepted_at TEXT,
  running_at TEXT,
  finished_at TEXT,
  cancel_ordered_at TEXT,
  report TEXT,
  signature TEXT,
  counts TEXT,
  problem TEXT
) STRICT;
CREATE INDEX runs_by_job ON runs (job, wave);
CREATE INDEX runs_by_minion ON runs (minion, state);
CREATE INDEX runs_on_the_way ON runs (state) WHERE state IN ('queued', 'sent', 'accepted', 'running');

CREATE TABLE results (
  run TEXT NOT NULL REFERENCES runs (id) DEFERRABLE INITIALLY DEFERRED,
  position INTEGER NOT NULL,
  key TEXT NOT NULL,
  outcome TEXT NOT NULL,
  summary TEXT NOT NULL,
  PRIMARY KEY (run, position)
) STRICT;

CREATE TABLE exports (minion TEXT PRIMARY KEY, value TEXT NOT NULL, at TEXT NOT NULL) STRICT;

CREATE TABLE certificates (
  name TEXT NOT NULL,
  minion TEXT NOT NULL,
  certificate TEXT NOT NULL,
  sealed_key TEXT NOT NULL,
  not_after TEXT NOT NULL,
  issued_at TEXT NOT NULL,
  PRIMARY KEY (name, minion)
) STRICT;
`
