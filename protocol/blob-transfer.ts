import { createHash } from 'node:crypto'
import { AppError } from './errors.ts'
import type { Sha256 } from './ids.ts'
import { LIMITS } from './limits.ts'
import type { BlobChunk } from './messages.ts'

/**
 * Number of chunks to request ahead: hides the round trip, and limits what is queued in a socket and in memory. Five blobs fit
 * into `LIMITS.blobBytesOnTheWay`, and a minion fetches at most a catalog with its bundle and a file at once.
 */
export const WINDOW = 32

/** Returns the chunk at an offset; undefined past the end. Pure. */
export function chunkAt(sha256: Sha256, bytes: Uint8Array, offset: number): BlobChunk | undefined {
  const length = chunkLength(bytes.length, offset)
  if (length === undefined) return undefined
  return { type: 'blob-chunk', sha256, offset, size: bytes.length, data: bytes.subarray(offset, offset + length) }
}

/** Length of the chunk at an offset; undefined when a blob of this size has none there. Pure. */
export function chunkLength(size: number, offset: number): number | undefined {
  if (offset > size || (offset === size && size > 0)) return undefined
  return Math.min(LIMITS.chunkBytes, size - offset)
}

/**
 * Decides which chunks of a blob to request next: in order, a limited number ahead. The cost of a call does not depend on the
 * size.
 */
export class ChunkWindow {
  readonly #size: number
  readonly #asked = new Set<number>()
  #again: number[] = []
  /** The first offset that was not requested yet. */
  #fresh: number
  #unused = 0

  /** `from`: everything before this offset is already present. */
  constructor(size: number, from = 0) {
    this.#size = size
    this.#fresh = from
  }

  /** Returns the offsets to request now. */
  wanted(): readonly number[] {
    const offsets: number[] = []
    while (this.#asked.size + this.#unused < WINDOW) {
      const offset = this.#again.shift() ?? this.#next()
      if (offset === undefined) break
      this.#asked.add(offset)
      offsets.push(offset)
    }
    return offsets
  }

  /** Requests missing chunks again after the link was lost. */
  restart(): void {
    this.#again = [...this.#asked, ...this.#again].sort((a, b) => a - b)
    this.#asked.clear()
  }

  /** Accepts a chunk; false for one that was not requested. Throws BLOB_MISMATCH for one that does not fit. */
  answered({ size, offset, data }: BlobChunk): boolean {
    const expected = chunkLength(this.#size, offset)
    if (size !== this.#size || offset % LIMITS.chunkBytes !== 0 || data.length !== expected) {
      throw mismatch(`a chunk of ${data.length} bytes at ${offset} does not fit a blob of ${this.#size} bytes`)
    }
    if (!this.#asked.delete(offset)) return false
    this.#unused += 1
    return true
  }

  /** The bytes of a received chunk were stored: there is room for another one. */
  used(): void {
    this.#unused -= 1
  }

  #next(): number | undefined {
    const offset = this.#fresh
    if (offset > 0 && offset >= this.#size) return undefined
    this.#fresh += LIMITS.chunkBytes
    return offset
  }
}

/** Assembles the chunks of one announced blob in memory, and resumes after an interruption. */
export class BlobAssembly {
  readonly sha256: Sha256
  readonly size: number
  readonly #bytes: Uint8Array
  readonly #window: ChunkWindow
  #left: number

  constructor(sha256: Sha256, size: number) {
    if (size > LIMITS.blobBytes) throw tooLarge(size, LIMITS.blobBytes)
    this.sha256 = sha256
    this.size = size
    this.#bytes = new Uint8Array(size)
    this.#window = new ChunkWindow(size)
    this.#left = Math.max(1, Math.ceil(size / LIMITS.chunkBytes))
  }

  /** Returns the offsets to request now. */
  wanted(): readonly number[] {
    return this.#window.wanted()
  }

  /** Requests missing chunks again after the link was lost. */
  restart(): void {
    this.#window.restart()
  }

  /**
   * Takes a chunk; returns all bytes when it was the last one. Throws BLOB_MISMATCH for a chunk that does not fit, or another
   * hash.
   */
  take(chunk: BlobChunk): Uint8Array | undefined {
    if (!this.#window.answered(chunk)) return undefined
    this.#window.used()
    this.#bytes.set(chunk.data, chunk.offset)
    this.#left -= 1
    if (this.#left > 0) return undefined
    checkHash(this.sha256, createHash('sha256').update(this.#bytes).digest('hex'))
    return this.#bytes
  }
}

/** Builds a MESSAGE_TOO_LARGE error for a blob that exceeds the limit. */
export function tooLarge(size: number, limit: number): AppError {
  return new AppError({
    code: 'MESSAGE_TOO_LARGE',
    message: `a blob has at most ${limit} bytes, ${size} were announced`,
  })
}

/** Throws BLOB_MISMATCH unless the content has the announced hash. Pure. */
export function checkHash(expected: Sha256, found: string): void {
  if (found !== expected) throw mismatch(`expected content with the SHA-256 ${expected}, got ${found}`)
}

function mismatch(message: string): AppError {
  return new AppError({
    code: 'BLOB_MISMATCH',
    message,
    hint: 'It is fetched again. If the error stays, check the disks of both hosts.',
  })
}
