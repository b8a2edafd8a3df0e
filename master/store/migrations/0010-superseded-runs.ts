/** A run that a newer one replaced names the job of that one; and runs of a minion are found by generation. */
export const SUPERSEDED_RUNS = `
ALTER TABLE runs ADD COLUMN superseded_by TEXT;
CREATE INDEX runs_by_generation ON runs (minion, generation);
`
