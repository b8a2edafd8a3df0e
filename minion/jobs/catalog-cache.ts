import { randomBytes } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Sha256 } from '../../protocol/ids.ts'
import { writeAtomic } from '../system/write-atomic.ts'

/** A signed catalog as it came: the box stays sealed on disk. */
export interface SignedCatalog {
  readonly catalog: Uint8Array
  readonly box: Uint8Array | undefined
  readonly generation: number
  readonly signature: Uint8Array
}

/** The catalog with the highest generation that this minion accepted, for a boot without its master; and blobs by hash. */
export interface CatalogCache {
  load(): Promise<SignedCatalog | undefined>
  /** Keeps it when its generation is not below the kept one. */
  save(signed: SignedCatalog): Promise<void>
  blobPath(hash: Sha256): string
  hasBlob(hash: Sha256): Promise<boolean>
  saveBlob(hash: Sha256, bytes: Uint8Array): Promise<void>
}

interface Stored {
  readonly catalog: string
  readonly box: string | undefined
  readonly generation: number
  readonly signature: string
}

export function catalogCache(stateDirectory: string): CatalogCache {
  const path = join(stateDirectory, 'catalog.json')
  const blobs = join(stateDirectory, 'blobs')
  const blobPath = (hash: Sha256): string => join(blobs, hash)
  const load = async (): Promise<SignedCatalog | undefined> => {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
    if (text === undefined) return undefined
    const stored = JSON.parse(text) as Stored
    const bytes = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'))
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
      const kept = await load()
      if (kept !== undefined && kept.generation > signed.generation) return
      const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
      const stored: Stored = {
        catalog: base64(signed.catalog),
        box: signed.box === undefined ? undefined : base64(signed.box),
        generation: signed.generation,
        signature: base64(signed.signature),
      }
      await writePrivate(path, stateDirectory, JSON.stringify(stored))
    },
    async hasBlob(hash) {
      return (await readFile(blobPath(hash)).catch(() => undefined)) !== undefined
    },
    saveBlob: (hash, bytes) => writePrivate(blobPath(hash), blobs, bytes),
  }
}

async function writePrivate(path: string, directory: string, data: string | Uint8Array): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
  await writeAtomic({ path, data, mode: 0o600, ...own }, randomBytes(6).toString('hex'))
}
