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

/** What each minion published last. */
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
 * Keeps what a report says for others, as far as the minion's own catalog asks for it: nothing else is taken, and nothing
 * for another minion, and nothing beyond `LIMITS.exportsBytes`. What a state did not report this time stays as it was; what is not asked for any more goes.
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
  // Every catalog of a reader is compiled with it: what was known stays.
  if (text.length > LIMITS.exportsBytes) return
  const blob = blobs.put(new TextEncoder().encode(text)).sha256
  if (row === undefined ? Object.keys(after).length === 0 : blob === row.value) return
  log.append({ type: 'exports-changed', minion, exports: blob })
}

/** undefined: this master has no such catalog; the minion names it, so it may be any body of the store. */
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
