import { type BlobRef, type Catalog, decodeCatalog, type ExportPlace, encodeCatalog } from '../../protocol/catalog.ts'
import type { MinionId, Sha256 } from '../../protocol/ids.ts'
import type { Blobs } from './blobs.ts'

/** Facts about a catalog that deliveries and reports need. */
export interface CatalogFacts {
  readonly minion: MinionId
  /** Bytes. */
  readonly size: number
  /** The blobs it references: files of its states. */
  readonly blobs: readonly Sha256[]
  readonly exports: readonly ExportPlace[]
}

/** Catalogs in the blob store. */
export interface Catalogs {
  /** Stores a catalog. `bytes`: the catalog, if already encoded. Throws STORE_FULL. */
  put(catalog: Catalog, bytes?: Uint8Array): BlobRef
  /** undefined: there is no such blob. Throws CATALOG_REFUSED for a blob that is not a catalog, and STORE_DAMAGED. */
  facts(sha256: Sha256): CatalogFacts | undefined
}

/** Number of catalogs whose facts are kept in memory: enough for a whole fleet between order and report. */
const MOST_KEPT = 10_000

/** Opens the catalogs of the store. Facts of a catalog that this process stored are cached, not decoded again. */
export function createCatalogs(blobs: Blobs): Catalogs {
  const kept = new Map<Sha256, CatalogFacts>()
  const keep = (sha256: Sha256, { minion, blobs: files, states }: Catalog, size: number): CatalogFacts => {
    const facts = {
      minion,
      size,
      blobs: files.map(file => file.sha256),
      exports: states.flatMap(({ exportAs }) => exportAs ?? []),
    }
    kept.set(sha256, facts)
    const [oldest] = kept.keys()
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest)
    return facts
  }
  return {
    put(catalog, bytes = encodeCatalog(catalog)) {
      const ref = blobs.put(bytes)
      keep(ref.sha256, catalog, ref.size)
      return ref
    },
    facts(sha256) {
      const known = kept.get(sha256)
      if (known !== undefined) return known
      const bytes = blobs.get(sha256)
      return bytes === undefined ? undefined : keep(sha256, decodeCatalog(bytes), bytes.length)
    },
  }
}
