import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod/mini'
import { sha256Of } from '../../protocol/catalog.ts'
import { AppError } from '../../protocol/errors.ts'
import type { Sha256 } from '../../protocol/ids.ts'
import { readStateJson, writeState } from '../state/state-file.ts'

/** A signed catalog as it came: the box stays sealed on disk. */
export interface SignedCatalog {
  readonly catalog: Uint8Array
  readonly box: Uint8Array | undefined
  readonly generation: number
  readonly signature: Uint8Array
}

/** The catalog with the highest generation that this minion accepted, for a boot without its master; and blobs by hash. */
export interface CatalogCache {
  /** STATE_DAMAGED. */
  load(): Promise<SignedCatalog | undefined>
  /** Keeps it when its generation is not below the kept one. */
  save(signed: SignedCatalog): Promise<void>
  blobPath(hash: Sha256): string
  /** False also for one whose content is not what the hash says: it is fetched again. */
  hasBlob(hash: Sha256): Promise<boolean>
  saveBlob(hash: Sha256, bytes: Uint8Array): Promise<void>
}

const base64 = z.string().check(z.regex(/^[A-Za-z0-9+/]*={0,2}$/))
const schema = z.object({
  catalog: base64,
  box: z.optional(base64),
  generation: z.int().check(z.minimum(0)),
  signature: base64,
})
type Stored = z.infer<typeof schema>

/** STATE_DAMAGED. */
export async function checkCatalog(path: string): Promise<void> {
  await readStateJson(path, schema)
}

export function catalogCache(stateDirectory: string): CatalogCache {
  const path = join(stateDirectory, 'catalog.json')
  const blobs = join(stateDirectory, 'blobs')
  const blobPath = (hash: Sha256): string => join(blobs, hash)
  const load = async (): Promise<SignedCatalog | undefined> => {
    const stored = await readStateJson(path, schema)
    if (stored === undefined) return undefined
    const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'))
    return {
      catalog: bytes(stored.catalog),
      box: stored.box === undefined ? undefined : bytes(stored.box),
      generation: stored.generation,
      signature: bytes(stored.signature),
    }
  }
  return {
    load,
    blobPath,
    async save(signed) {
      const kept = await load().catch(unlessDamaged)
      if (kept !== undefined && kept.generation > signed.generation) return
      const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
      const stored: Stored = {
        catalog: textOf(signed.catalog),
        box: signed.box === undefined ? undefined : textOf(signed.box),
        generation: signed.generation,
        signature: textOf(signed.signature),
      }
      await writeState(path, JSON.stringify(stored))
    },
    async hasBlob(hash) {
      const bytes = await readFile(blobPath(hash)).catch(() => undefined)
      return bytes !== undefined && sha256Of(bytes) === hash
    },
    saveBlob: (hash, bytes) => writeState(blobPath(hash), bytes),
  }
}

/** A damaged one is replaced. */
function unlessDamaged(error: unknown): undefined {
  if (error instanceof AppError && error.code === 'STATE_DAMAGED') return undefined
  throw error
}
