import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod/mini'
import { type BlobRef, sha256Of } from '../../protocol/catalog.ts'
import { AppError } from '../../protocol/errors.ts'
import type { Sha256 } from '../../protocol/ids.ts'
import { readStateJson, writeState } from '../state/state-file.ts'
import { blobContent } from '../system/blob-content.ts'
import { superseded } from './superseded.ts'

/** A signed catalog as received; its secret bundle stays encrypted on disk. */
export interface SignedCatalog {
  readonly catalog: Uint8Array
  readonly box: Uint8Array | undefined
  readonly generation: number
  readonly signature: Uint8Array
}

/** Stores the accepted catalog with the highest generation, for a boot without the master, and blobs by hash. */
export interface CatalogCache {
  /** Throws STATE_DAMAGED. */
  load(): Promise<SignedCatalog | undefined>
  /** Returns the stored catalog if it has this hash, so that it need not be fetched again. */
  known(ref: BlobRef): Promise<Uint8Array | undefined>
  /** Stores a catalog. Throws RUN_SUPERSEDED when its generation is lower than the stored one: content only moves forward. */
  save(signed: SignedCatalog): Promise<void>
  blobPath(hash: Sha256): string
  /** False also when its content does not match the hash, so that it is fetched again. */
  hasBlob(blob: BlobRef): Promise<boolean>
  /** Removes blobs, complete or partial, that are not listed. */
  keepBlobs(hashes: Iterable<Sha256>): Promise<void>
}

const base64 = z.string().check(z.regex(/^[A-Za-z0-9+/]*={0,2}$/))
const schema = z.object({
  catalog: base64,
  box: z.optional(base64),
  generation: z.int().check(z.minimum(0)),
  signature: base64,
})
type Stored = z.infer<typeof schema>

/** Throws STATE_DAMAGED. */
export async function checkCatalog(path: string): Promise<void> {
  await readStateJson(path, schema)
}

export function catalogCache(stateDirectory: string): CatalogCache {
  const path = join(stateDirectory, 'catalog.json')
  const blobs = join(stateDirectory, 'blobs')
  /** Files that were checked against their hash and have not changed since. */
  const checked = new Map<Sha256, string>()
  const blobPath = (hash: Sha256): string => join(blobs, hash)
  /** Generation of the file with this mark, so that it is not parsed twice in a run. */
  let last: { readonly mark: string | undefined; readonly generation: number } | undefined
  const load = async (): Promise<SignedCatalog | undefined> => {
    // Before the content: a file that replaces it meanwhile has another mark.
    const mark = await markOf(path)
    const stored = await readStateJson(path, schema)
    if (stored === undefined) return undefined
    last = { mark, generation: stored.generation }
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
    async known({ sha256, size }) {
      const kept = (await load().catch(unlessDamaged))?.catalog
      return kept?.length === size && sha256Of(kept) === sha256 ? kept : undefined
    },
    blobPath,
    async save(signed) {
      const mark = await markOf(path)
      const kept = mark !== undefined && mark === last?.mark ? last : await load().catch(unlessDamaged)
      if (kept !== undefined && kept.generation > signed.generation) {
        throw superseded(signed.generation, kept.generation)
      }
      const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
      const stored: Stored = {
        catalog: textOf(signed.catalog),
        box: signed.box === undefined ? undefined : textOf(signed.box),
        generation: signed.generation,
        signature: textOf(signed.signature),
      }
      await writeState(path, JSON.stringify(stored))
    },
    async hasBlob({ sha256, size }) {
      const mark = await markOf(blobPath(sha256))
      if (mark === undefined || !mark.startsWith(`${size} `)) return false
      if (checked.get(sha256) === mark) return true
      try {
        for await (const _ of blobContent(blobPath(sha256), sha256)) continue
      } catch {
        return false
      }
      checked.set(sha256, mark)
      return true
    },
    async keepBlobs(hashes) {
      const kept = new Set<string>(hashes)
      for (const name of await readdir(blobs).catch(() => [])) {
        if (!kept.has(name.replace(/\.part$/, ''))) await rm(join(blobs, name), { force: true })
      }
    },
  }
}

/** Treats a damaged catalog as absent, so that it is replaced. */
function unlessDamaged(error: unknown): undefined {
  if (error instanceof AppError && error.code === 'STATE_DAMAGED') return undefined
  throw error
}

/** A mark that begins with the size and changes with the content; undefined when it is not a file. */
async function markOf(path: string): Promise<string | undefined> {
  const status = await stat(path, { bigint: true }).catch(() => undefined)
  return status?.isFile() === true ? `${status.size} ${status.ino} ${status.mtimeNs} ${status.ctimeNs}` : undefined
}
