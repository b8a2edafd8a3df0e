import { createHash } from 'node:crypto'
import { AppError } from './errors.ts'
import type { Sha256 } from './ids.ts'
import { LIMITS } from './limits.ts'
import type { BlobChunk } from './messages.ts'

/** How many chunks are asked for ahead: hides the round trip, and bounds what waits in a socket. */
const WINDOW = 8

/** The chunk at an offset; undefined past the end. Pure. */
export function chunkAt(sha256: Sha256, bytes: Uint8Array, offset: number): BlobChunk | undefined {
  if (offset > bytes.length || (offset === bytes.length && bytes.length > 0)) return undefined
  const data = bytes.subarray(offset, offset + LIMITS.chunkBytes)
  return { type: 'blob-chunk', sha256, offset, size: bytes.length, data }
}

/** Puts the chunks of one announced blob together. After a cut it goes on where it was. */
export class BlobAssembly {
  readonly sha256: Sha256
  readonly size: number
  readonly #bytes: Uint8Array
  readonly #have = new Set<number>()
  #asked = new Set<number>()

  constructor(sha256: Sha256, size: number) {
    if (size > LIMITS.blobBytes) {
      throw new AppError({
        code: 'MESSAGE_TOO_LARGE',
        message: `a blob has at most ${LIMITS.blobBytes} bytes, ${size} were announced`,
      })
    }
    this.sha256 = sha256
    this.size = size
    this.#bytes = new Uint8Array(size)
  }

  /** Offsets to ask for now. */
  wanted(): readonly number[] {
    const offsets: number[] = []
    for (let offset = 0; offset < Math.max(this.size, 1); offset += LIMITS.chunkBytes) {
      if (this.#asked.size >= WINDOW) break
      if (this.#have.has(offset) || this.#asked.has(offset)) continue
      this.#asked.add(offset)
      offsets.push(offset)
    }
    return offsets
  }

  /** The link was cut: what was asked for and did not come is asked for again. */
  restart(): void {
    this.#asked = new Set()
  }

  /** The whole bytes when this was the last chunk. BLOB_MISMATCH for a chunk that does not fit, or another hash. */
  take(chunk: BlobChunk): Uint8Array | undefined {
    const { offset, data } = chunk
    const expected = Math.min(LIMITS.chunkBytes, this.size - offset)
    if (chunk.size !== this.size || offset % LIMITS.chunkBytes !== 0 || offset < 0 || data.length !== expected) {
      throw mismatch(`a chunk of ${data.length} bytes at ${offset} does not fit a blob of ${this.size} bytes`)
    }
    this.#bytes.set(data, offset)
    this.#have.add(offset)
    this.#asked.delete(offset)
    if (this.#have.size < Math.max(1, Math.ceil(this.size / LIMITS.chunkBytes))) return undefined
    const found = createHash('sha256').update(this.#bytes).digest('hex')
    if (found !== this.sha256) throw mismatch(`expected content with the SHA-256 ${this.sha256}, got ${found}`)
    return this.#bytes
  }
}

function mismatch(message: string): AppError {
  return new AppError({
    code: 'BLOB_MISMATCH',
    message,
    hint: 'It is fetched again; if it stays, check the disks of both hosts.',
  })
}
