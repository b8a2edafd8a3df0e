import { createHash } from 'node:crypto'
import { AppError } from './errors.ts'
import type { Sha256 } from './ids.ts'
import { LIMITS } from './limits.ts'
import type { BlobChunk } from './messages.ts'

/** How many chunks are asked for ahead: hides the round trip, and bounds what waits in a socket and in memory. */
export const WINDOW = 8

/** The chunk at an offset; undefined past the end. Pure. */
export function chunkAt(sha256: Sha256, bytes: Uint8Array, offset: number): BlobChunk | undefined {
  const length = chunkLength(bytes.length, offset)
  if (length === undefined) return undefined
  return { type: 'blob-chunk', sha256, offset, size: bytes.length, data: bytes.subarray(offset, offset + length) }
}

/** How many bytes the chunk at an offset has; undefined when a blob of this size has none there. Pure. */
export function chunkLength(size: number, offset: number): number | undefined {
  if (offset > size || (offset === size && size > 0)) return undefined
  return Math.min(LIMITS.chunkBytes, size - offset)
}

/** Which chunks of one blob to ask for next: in order, a bounded number ahead. Each call costs the same at any size. */
export class ChunkWindow {
  readonly #size: number
  readonly #asked = new Set<number>()
  #again: number[] = []
  /** The first offset that was never asked for. */
  #fresh: number
  #unused = 0

  /** `from`: what is before it is there already. */
  constructor(size: number, from = 0) {
    this.#size = size
    this.#fresh = from
  }

  /** Offsets to ask for now. */
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

  /** The link was cut: what was asked for and did not come is asked for again. */
  restart(): void {
    this.#again = [...this.#asked, ...this.#again].sort((a, b) => a - b)
    this.#asked.clear()
  }

  /** False for a chunk that nobody waits for. BLOB_MISMATCH for one that does not fit. */
  answered({ size, offset, data }: BlobChunk): boolean {
    const expected = chunkLength(this.#size, offset)
    if (size !== this.#size || offset % LIMITS.chunkBytes !== 0 || data.length !== expected) {
      throw mismatch(`a chunk of ${data.length} bytes at ${offset} does not fit a blob of ${this.#size} bytes`)
    }
    if (!this.#asked.delete(offset)) return false
    this.#unused += 1
    return true
  }

  /** The bytes of a chunk that came have been put where they belong: there is room for another one. */
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

/** Puts the chunks of one announced blob together in memory. After a cut it goes on where it was. */
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

  /** Offsets to ask for now. */
  wanted(): readonly number[] {
    return this.#window.wanted()
  }

  /** The link was cut: what was asked for and did not come is asked for again. */
  restart(): void {
    this.#window.restart()
  }

  /** The whole bytes when this was the last chunk. BLOB_MISMATCH for a chunk that does not fit, or another hash. */
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

/** MESSAGE_TOO_LARGE: a blob of this size is not taken. */
export function tooLarge(size: number, limit: number): AppError {
  return new AppError({
    code: 'MESSAGE_TOO_LARGE',
    message: `a blob has at most ${limit} bytes, ${size} were announced`,
  })
}

/** BLOB_MISMATCH unless the content has the hash that was announced. Pure. */
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
