/** What minions hold until somebody releases it: a view of the log. */
export const LEASES = `
CREATE TABLE held_leases (
  lease TEXT NOT NULL,
  minion TEXT NOT NULL,
  value TEXT NOT NULL,
  since TEXT NOT NULL,
  PRIMARY KEY (lease, minion),
  UNIQUE (lease, value)
) STRICT;
`
