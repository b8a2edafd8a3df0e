import { createHash } from 'node:crypto'
import { constants, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ChunkWindow, checkHash, tooLarge } from '../../protocol/blob-transfer.ts'
import type { BlobRef } from '../../protocol/catalog.ts'
import { syncDirectory } from '../../protocol/durable-file.ts'
import type { Sha256 } from '../../protocol/ids.ts'
import { LIMITS } from '../../protocol/limits.ts'
import type { BlobChunk } from '../../protocol/messages.ts'
import { explainWrite } from '../system/write-atomic.ts'

const READ_BYTES = 256 * 1024

/**
 * A blob being written to disk: chunks are hashed and written in order, with at most one window of them in memory. The data
 * stays in `<path>.part` until the blob is complete, across interruptions of the link and restarts of the minion.
 */
export class PartFile {
  readonly sha256: Sha256
  readonly #size: number
  readonly #path: string
  readonly #window: ChunkWindow
  readonly #hash = createHash('sha256')
  readonly #file: Awaited<ReturnType<typeof open>>
  /** Chunks received but not yet written, by offset. */
  readonly #waiting = new Map<number, Uint8Array>()
  #written = 0
  #isWriting = false
  #isOver = false

  /** Opens the part file and continues where it ended. Throws MESSAGE_TOO_LARGE, DISK_FULL or FILE_UNWRITABLE. */
  static async open({ sha256, size }: BlobRef, path: string): Promise<PartFile> {
    if (size > LIMITS.fileBytes) throw tooLarge(size, LIMITS.fileBytes)
    const part = `${path}.part`
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      const file = await open(part, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600)
      try {
        const { size: there } = await file.stat()
        const kept = Math.min(there, size)
        const from = kept - (kept % LIMITS.chunkBytes)
        await file.truncate(from)
        const fetching = new PartFile({ sha256, size }, path, file, from)
        await fetching.#readKept()
        return fetching
      } catch (error) {
        await file.close()
        throw error
      }
    } catch (error) {
      throw explainWrite(error, part)
    }
  }

  private constructor({ sha256, size }: BlobRef, path: string, file: Awaited<ReturnType<typeof open>>, from: number) {
    this.sha256 = sha256
    this.#size = size
    this.#path = path
    this.#file = file
    this.#written = from
    this.#window = new ChunkWindow(size, from)
  }

  wanted(): readonly number[] {
    return this.#isOver ? [] : this.#window.wanted()
  }

  restart(): void {
    this.#window.restart()
  }

  /** True when every byte is present, for example in a part whose last chunk arrived just before the minion was killed. */
  get isWhole(): boolean {
    return this.#size > 0 && this.#written >= this.#size
  }

  /** Accepts a chunk to be written. Throws BLOB_MISMATCH for one that does not fit. */
  take(chunk: BlobChunk): void {
    if (!this.#isOver && this.#window.answered(chunk)) this.#waiting.set(chunk.offset, chunk.data)
  }

  /**
   * Writes the chunks that are next in order. Returns true when the blob is complete. Call it after each chunk; calls during a
   * write do nothing.
   */
  async write(): Promise<boolean> {
    if (this.#isWriting || this.#isOver) return false
    this.#isWriting = true
    try {
      for (let pieces = this.#inOrder(); pieces.length > 0; pieces = this.#inOrder()) {
        const bytes = pieces.reduce((sum, { length }) => sum + length, 0)
        const { bytesWritten } = await this.#file.writev([...pieces], this.#written)
        if (bytesWritten !== bytes) throw Object.assign(new Error('a short write'), { code: 'ENOSPC' })
        for (const piece of pieces) {
          this.#hash.update(piece)
          this.#window.used()
        }
        this.#written += bytes
        if (this.#written >= this.#size) return true
      }
      return false
    } catch (error) {
      throw explainWrite(error, `${this.#path}.part`)
    } finally {
      this.#isWriting = false
    }
  }

  /** Moves the complete blob into place: fsync, rename, fsync of the directory. On BLOB_MISMATCH nothing is kept. */
  async finish(): Promise<void> {
    this.#isOver = true
    try {
      checkHash(this.sha256, this.#hash.digest('hex'))
      await this.#file.sync()
      await this.#file.close()
      await rename(`${this.#path}.part`, this.#path)
      await syncDirectory(dirname(this.#path))
    } catch (error) {
      await this.#remove()
      throw explainWrite(error, this.#path)
    }
  }

  /** Gives up the download; the data stays on disk unless `remove` is set. */
  async abandon(remove: boolean): Promise<void> {
    this.#isOver = true
    this.#waiting.clear()
    if (remove) await this.#remove()
    else await this.#file.close().catch(() => undefined)
  }

  async #remove(): Promise<void> {
    await this.#file.close().catch(() => undefined)
    await rm(`${this.#path}.part`, { force: true }).catch(() => undefined)
  }

  #inOrder(): readonly Uint8Array[] {
    const pieces: Uint8Array[] = []
    for (let offset = this.#written; ; ) {
      const piece = this.#waiting.get(offset)
      if (piece === undefined) return pieces
      this.#waiting.delete(offset)
      pieces.push(piece)
      offset += piece.length
      if (piece.length === 0) return pieces
    }
  }

  async #readKept(): Promise<void> {
    const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, Math.max(1, this.#written)))
    for (let at = 0; at < this.#written; ) {
      const { bytesRead } = await this.#file.read(buffer, 0, Math.min(buffer.length, this.#written - at), at)
      if (bytesRead === 0) throw new Error(`\`${this.#path}.part\` became shorter while it was read`)
      this.#hash.update(buffer.subarray(0, bytesRead))
      at += bytesRead
    }
  }
}
