/** What each minion last reported about its host: a view. */
export const OBSERVATIONS = `
CREATE TABLE observations (
  minion TEXT PRIMARY KEY,
  run TEXT NOT NULL,
  at TEXT NOT NULL,
  value TEXT NOT NULL
) STRICT;
`
