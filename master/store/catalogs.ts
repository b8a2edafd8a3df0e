import { type BlobRef, type Catalog, decodeCatalog, type ExportPlace, encodeCatalog } from '../../protocol/catalog.ts'
import type { MinionId, Sha256 } from '../../protocol/ids.ts'
import type { Blobs } from './blobs.ts'

/** What a delivery and a report need to know of a catalog. */
export interface CatalogFacts {
  readonly minion: MinionId
  /** Bytes. */
  readonly size: number
  /** What it names: files of its states. */
  readonly blobs: readonly Sha256[]
  readonly exports: readonly ExportPlace[]
}

/** Catalogs among the bodies of the store. */
export interface Catalogs {
  /** STORE_FULL without room. `bytes`: the catalog, when it was encoded before. */
  put(catalog: Catalog, bytes?: Uint8Array): BlobRef
  /** undefined: there is no such body. CATALOG_REFUSED for one that is no catalog; STORE_DAMAGED. */
  facts(sha256: Sha256): CatalogFacts | undefined
}

/** Catalogs whose facts are kept in memory: those of a whole fleet between their order and their reports. */
const MOST_KEPT = 10_000

/** Facts of a catalog that this process stored are not read back from its bytes. */
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
