import { deflateSync, inflateSync } from 'node:zlib'
import { type BlobRef, sha256Of } from '../../protocol/catalog.ts'
import { AppError } from '../../protocol/errors.ts'
import type { Sha256 } from '../../protocol/ids.ts'
import type { Db } from './database.ts'

/** Bodies by hash: reports, catalogs, secret bundles, files. Stored compressed where that is smaller. */
export interface Blobs {
  /** Stores a body unless it is already there. Throws STORE_FULL when there is no space. */
  put(bytes: Uint8Array): BlobRef
  /** Stores a body that was compressed and hashed elsewhere. */
  putPrepared(blob: PreparedBlob): BlobRef
  /** Returns a body, checked against its hash. Throws STORE_DAMAGED when it is not what was stored. */
  get(sha256: Sha256): Uint8Array | undefined
  /** Returns hash and size without reading the body. */
  ref(sha256: Sha256): BlobRef | undefined
}

interface PreparedBlob {
  readonly sha256: Sha256
  /** Bytes before compression. */
  readonly size: number
  readonly isPacked: boolean
  readonly bytes: Uint8Array
}

interface Row {
  readonly size: number
  readonly packed: number
  readonly bytes: Uint8Array
}

export function createBlobs(db: Db): Blobs {
  const ref = (sha256: Sha256): BlobRef | undefined => {
    const row = db.one<{ size: number }>('SELECT size FROM blobs WHERE sha256 = ?', sha256)
    return row === undefined ? undefined : { sha256, size: row.size }
  }
  const write = ({ sha256, size, isPacked, bytes }: PreparedBlob): BlobRef => {
    const insert = 'INSERT INTO blobs (sha256, size, packed, bytes) VALUES (?, ?, ?, ?)'
    db.atomically(() => db.run(insert, sha256, size, isPacked ? 1 : 0, bytes))
    return { sha256, size }
  }
  return {
    put: bytes => {
      const sha256 = sha256Of(bytes)
      const known = ref(sha256)
      if (known !== undefined) return known
      const packed = deflateSync(bytes, { level: 1 })
      const smaller = packed.length < bytes.length
      return write({ sha256, size: bytes.length, isPacked: smaller, bytes: smaller ? packed : bytes })
    },
    putPrepared: blob => ref(blob.sha256) ?? write(blob),
    get: sha256 => {
      const row = db.one<Row>('SELECT size, packed, bytes FROM blobs WHERE sha256 = ?', sha256)
      return row === undefined ? undefined : checked(sha256, row)
    },
    ref,
  }
}

/** Parses the JSON of a blob that a view or event references. Throws STORE_DAMAGED when it is missing. */
export function jsonBlob<T>(blobs: Blobs, sha256: Sha256): T {
  const bytes = blobs.get(sha256)
  if (bytes === undefined) throw damaged(sha256)
  return JSON.parse(new TextDecoder().decode(bytes)) as T
}

function checked(sha256: Sha256, row: Row): Uint8Array {
  let bytes: Uint8Array
  try {
    bytes = row.packed === 1 ? inflateSync(row.bytes, { maxOutputLength: Math.max(row.size, 1) }) : row.bytes
  } catch (cause) {
    throw damaged(sha256, cause)
  }
  if (sha256Of(bytes) !== sha256) throw damaged(sha256)
  return new Uint8Array(bytes)
}

function damaged(sha256: Sha256, cause?: unknown): AppError {
  return new AppError(
    {
      code: 'STORE_DAMAGED',
      message: `the body \`${sha256}\` in the store is missing or not what was stored`,
      hint: 'Restore the state directory of the master from its backup.',
    },
    { cause },
  )
}
