/** Large files lie beside the database, under their hash. `catalog_files`: which catalogs name them. */
export const BLOB_FILES = `
CREATE TABLE blob_files (
  sha256 TEXT PRIMARY KEY,
  size INTEGER NOT NULL,
  used_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE catalog_files (
  catalog TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  PRIMARY KEY (catalog, sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX catalog_files_of_blob ON catalog_files (sha256);
`
