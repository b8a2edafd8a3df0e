/** Addresses that minions connected from, each of one minion, and those that were refused: views of the log. */
export const ADDRESSES = `
CREATE TABLE held_addresses (
  address TEXT PRIMARY KEY NOT NULL,
  minion TEXT NOT NULL,
  since TEXT NOT NULL
) STRICT;
CREATE INDEX held_addresses_by_minion ON held_addresses (minion);
CREATE TABLE refused_addresses (
  minion TEXT PRIMARY KEY NOT NULL,
  address TEXT NOT NULL,
  holder TEXT NOT NULL,
  at TEXT NOT NULL
) STRICT;
CREATE INDEX refused_addresses_by_holder ON refused_addresses (holder);
`
