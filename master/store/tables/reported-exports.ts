import { AppError } from '../../../protocol/errors.ts'
import type { MinionId, Sha256 } from '../../../protocol/ids.ts'
import { canonicalJson, isJsonObject, type Json, type JsonObject } from '../../../protocol/json.ts'
import { LIMITS } from '../../../protocol/limits.ts'
import type { Report } from '../../../protocol/report.ts'
import { type Blobs, jsonBlob } from '../blobs.ts'
import type { CatalogFacts, Catalogs } from '../catalogs.ts'
import type { Db } from '../database.ts'
import type { Projector } from '../log/projector.ts'
import { forgetRevoked } from '../log/projector.ts'
import type { Log } from '../ports.ts'

/** The latest exports of each minion. */
export const EXPORTS: Projector = {
  view: 'exports',
  apply: ({ db }, { at, event }) => {
    if (event.type === 'key-revoked') return forgetRevoked(db, 'DELETE FROM exports', 'minion', event.minion)
    if (event.type !== 'exports-changed') return
    const upsert = `INSERT INTO exports (minion, value, at) VALUES (?, ?, ?)
      ON CONFLICT (minion) DO UPDATE SET value = excluded.value, at = excluded.at`
    db.run(upsert, event.minion, event.exports, at)
  },
}

interface Deps {
  readonly db: Db
  readonly log: Log
  readonly blobs: Blobs
  readonly catalogs: Catalogs
}

/**
 * Stores the exports of a report that the minion's own catalog asks for: nothing else, nothing for another minion, and nothing
 * beyond `LIMITS.exportsBytes`. A value that was not reported this time stays unchanged; one that is no longer asked for is
 * removed.
 */
export function saveExports(
  { db, log, blobs, catalogs }: Deps,
  minion: MinionId,
  report: Pick<Report, 'catalog' | 'exports'>,
): void {
  const catalog = factsOf(catalogs, report.catalog)
  if (catalog?.minion !== minion) return
  const row = db.one<{ value: Sha256 }>('SELECT value FROM exports WHERE minion = ?', minion)
  const before = row === undefined ? {} : jsonBlob<JsonObject>(blobs, row.value)
  const after: { [name: string]: Json } = {}
  for (const { name, key } of catalog.exports) {
    const value = entryOf(report.exports ?? {}, name, key) ?? entryOf(before, name, key)
    if (value === undefined) continue
    const entries = after[name]
    after[name] = key === undefined ? value : { ...(isJsonObject(entries) ? entries : {}), [key]: value }
  }
  const text = canonicalJson(after)
  // Exports are compiled into every catalog that reads them: when they are too large, the known ones stay.
  if (text.length > LIMITS.exportsBytes) return
  const blob = blobs.put(new TextEncoder().encode(text)).sha256
  if (row === undefined ? Object.keys(after).length === 0 : blob === row.value) return
  log.append({ type: 'exports-changed', minion, exports: blob })
}

/**
 * Returns the catalog; undefined when this master has no such catalog. The minion names the hash, so it may be that of any body
 * in the store.
 */
function factsOf(catalogs: Catalogs, sha256: Sha256): CatalogFacts | undefined {
  try {
    return catalogs.facts(sha256)
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'CATALOG_REFUSED') return undefined
    throw thrown
  }
}

function entryOf(exports: JsonObject, name: string, key: string | undefined): Json | undefined {
  const value = Object.hasOwn(exports, name) ? exports[name] : undefined
  if (key === undefined || value === undefined) return value
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
}
