/** Where minions proved a key from, and when (milliseconds since 1970). Not a view of the log. */
export const PROVEN_SOURCES = `
CREATE TABLE proven_sources (
  source TEXT NOT NULL,
  minion TEXT NOT NULL,
  proved_at INTEGER NOT NULL,
  PRIMARY KEY (source, minion)
) STRICT;
CREATE INDEX proven_sources_by_minion ON proven_sources (minion);
`
