import { BlobAssembly } from '../../protocol/blob-transfer.ts'
import type { BlobRef } from '../../protocol/catalog.ts'
import { AppError, type ErrorCode } from '../../protocol/errors.ts'
import type { Sha256 } from '../../protocol/ids.ts'
import type { BlobChunk, FromMinion } from '../../protocol/messages.ts'
import { PartFile } from './part-file.ts'

/** After these errors a partial file is useless. */
const USELESS: readonly ErrorCode[] = ['BLOB_MISMATCH', 'DISK_FULL']

/** A blob being fetched, into memory or to disk. */
interface Pending {
  wanted(): readonly number[]
  restart(): void
  take(chunk: BlobChunk): void
  fail(error: unknown): void
}

/** May drop messages while there is no connection. */
interface Sender {
  send(message: FromMinion): unknown
}

/** Fetches blobs from the master over whatever connection there is, and resumes after an interruption. */
export class BlobFetcher {
  readonly #pending = new Map<Sha256, Pending>()
  readonly #running = new Map<Sha256, Promise<Uint8Array>>()
  readonly #files = new Map<Sha256, Promise<void>>()
  readonly #link: Sender

  constructor(link: Sender) {
    this.#link = link
  }

  /** Fetches catalogs and secret bundles into memory. Throws BLOB_MISMATCH, BLOB_REFUSED, or the signal's reason. */
  fetch({ sha256, size }: BlobRef, signal: AbortSignal): Promise<Uint8Array> {
    const running = this.#running.get(sha256)
    if (running !== undefined) return running
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
    const fetching = this.#during(sha256, promise, reject, signal, () => {
      const assembly = new BlobAssembly(sha256, size)
      return {
        wanted: () => assembly.wanted(),
        restart: () => assembly.restart(),
        take: chunk => {
          const bytes = assembly.take(chunk)
          if (bytes === undefined) this.#ask(sha256)
          else resolve(bytes)
        },
        fail: reject,
      }
    }).finally(() => this.#running.delete(sha256))
    this.#running.set(sha256, fetching)
    this.#ask(sha256)
    return fetching
  }

  /**
   * Fetches to disk in constant memory; when it resolves, the file is complete and fsynced. Throws BLOB_MISMATCH, BLOB_REFUSED,
   * DISK_FULL, MESSAGE_TOO_LARGE, or the signal's reason.
   */
  fetchFile(ref: BlobRef, path: string, signal: AbortSignal): Promise<void> {
    const running = this.#files.get(ref.sha256)
    if (running !== undefined) return running
    const fetching = this.#intoFile(ref, path, signal).finally(() => this.#files.delete(ref.sha256))
    this.#files.set(ref.sha256, fetching)
    return fetching
  }

  take(chunk: BlobChunk): void {
    const pending = this.#pending.get(chunk.sha256)
    if (pending === undefined) return
    try {
      pending.take(chunk)
    } catch (error) {
      pending.fail(error)
    }
  }

  /** Called when the master refuses a blob. */
  refused(sha256: Sha256): void {
    this.#pending.get(sha256)?.fail(
      new AppError({
        code: 'BLOB_REFUSED',
        message: `the master refused blob ${sha256.slice(0, 12)}…: no order for this minion references it`,
        hint: 'Apply again from the master.',
      }),
    )
  }

  /** Called when a new connection is ready. */
  resume(): void {
    for (const [sha256, pending] of this.#pending) {
      pending.restart()
      this.#ask(sha256)
    }
  }

  async #intoFile(ref: BlobRef, path: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const part = await PartFile.open(ref, path)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const write = async (): Promise<void> => {
      if (await part.write()) resolve()
      else this.#ask(ref.sha256)
    }
    try {
      if (!part.isWhole) {
        const fetching = this.#during(ref.sha256, promise, reject, signal, () => ({
          wanted: () => part.wanted(),
          restart: () => part.restart(),
          take: chunk => {
            part.take(chunk)
            write().catch(reject)
          },
          fail: reject,
        }))
        this.#ask(ref.sha256)
        await fetching
      }
    } catch (error) {
      // Keep what an interrupted or cancelled run fetched for the next time; remove what is wrong or fills the disk.
      await part.abandon(error instanceof AppError && USELESS.includes(error.code))
      throw error
    }
    await part.finish()
  }

  async #during<T>(
    sha256: Sha256,
    fetching: Promise<T>,
    fail: (error: unknown) => void,
    signal: AbortSignal,
    begin: () => Pending,
  ): Promise<T> {
    const onAbort = (): void => fail(signal.reason)
    try {
      signal.throwIfAborted()
      this.#pending.set(sha256, begin())
      signal.addEventListener('abort', onAbort, { once: true })
      return await fetching
    } finally {
      signal.removeEventListener('abort', onAbort)
      this.#pending.delete(sha256)
    }
  }

  #ask(sha256: Sha256): void {
    for (const offset of this.#pending.get(sha256)?.wanted() ?? [])
      this.#link.send({ type: 'blob-get', sha256, offset })
  }
}
