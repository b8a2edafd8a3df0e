/** One row a judgement; its report is a blob. */
export const COMPLIANCE = `
CREATE TABLE compliance (
  id TEXT PRIMARY KEY,
  target TEXT NOT NULL,
  operator TEXT NOT NULL,
  cached INTEGER NOT NULL,
  score REAL NOT NULL,
  findings INTEGER NOT NULL,
  counts TEXT NOT NULL,
  report TEXT NOT NULL,
  at TEXT NOT NULL
) STRICT;
CREATE INDEX compliance_by_target ON compliance (target, at);
`
