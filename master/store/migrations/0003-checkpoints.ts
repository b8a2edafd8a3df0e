/** Signed heads of the log. */
export const CHECKPOINTS = `
CREATE TABLE checkpoints (
  seq INTEGER PRIMARY KEY,
  hash TEXT NOT NULL,
  at TEXT NOT NULL,
  signature TEXT NOT NULL
) STRICT;
CREATE TRIGGER checkpoints_are_never_changed BEFORE UPDATE ON checkpoints
  BEGIN SELECT RAISE(ABORT, 'checkpoints stay as they are'); END;
CREATE TRIGGER checkpoints_are_never_cut BEFORE DELETE ON checkpoints
  BEGIN SELECT RAISE(ABORT, 'checkpoints stay as they are'); END;
`
