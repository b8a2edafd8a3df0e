/** The orphans that each minion last reported, and its last apply: a view. */
export const ORPHANS = `
CREATE TABLE orphans (
  minion TEXT PRIMARY KEY,
  run TEXT NOT NULL,
  at TEXT NOT NULL,
  applied_at TEXT,
  count INTEGER NOT NULL,
  value TEXT NOT NULL
) STRICT;
`
