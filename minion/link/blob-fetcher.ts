import { BlobAssembly } from '../../protocol/blob-transfer.ts'
import type { BlobRef } from '../../protocol/catalog.ts'
import { AppError } from '../../protocol/errors.ts'
import type { Sha256 } from '../../protocol/ids.ts'
import type { BlobChunk, FromMinion } from '../../protocol/messages.ts'

/** Fetches blobs from the master over whatever connection there is; after a cut it goes on where it was. */
export class BlobFetcher {
  readonly #pending = new Map<
    Sha256,
    { readonly assembly: BlobAssembly; settle: (bytes: Uint8Array) => void; fail: (error: unknown) => void }
  >()
  readonly #running = new Map<Sha256, Promise<Uint8Array>>()
  readonly #send: (message: FromMinion) => void

  /** `send` may drop messages while there is no connection. */
  constructor(send: (message: FromMinion) => void) {
    this.#send = send
  }

  /** BLOB_MISMATCH, BLOB_REFUSED, or the signal's reason. */
  fetch({ sha256, size }: BlobRef, signal: AbortSignal): Promise<Uint8Array> {
    const running = this.#running.get(sha256)
    if (running !== undefined) return running
    const fetching = new Promise<Uint8Array>((settle, fail) => {
      signal.throwIfAborted()
      const assembly = new BlobAssembly(sha256, size)
      this.#pending.set(sha256, { assembly, settle, fail })
      signal.addEventListener('abort', () => fail(signal.reason), { once: true })
      this.#ask(assembly)
    }).finally(() => {
      this.#pending.delete(sha256)
      this.#running.delete(sha256)
    })
    this.#running.set(sha256, fetching)
    return fetching
  }

  take(chunk: BlobChunk): void {
    const pending = this.#pending.get(chunk.sha256)
    if (pending === undefined) return
    try {
      const bytes = pending.assembly.take(chunk)
      if (bytes === undefined) this.#ask(pending.assembly)
      else pending.settle(bytes)
    } catch (error) {
      pending.fail(error)
    }
  }

  /** The master does not give it. */
  refused(sha256: Sha256): void {
    this.#pending.get(sha256)?.fail(
      new AppError({
        code: 'BLOB_REFUSED',
        message: `the master does not give the content ${sha256.slice(0, 12)}… to this minion: no order to it names that`,
        hint: 'Apply again from the master.',
      }),
    )
  }

  /** A new connection is there. */
  resume(): void {
    for (const { assembly } of this.#pending.values()) {
      assembly.restart()
      this.#ask(assembly)
    }
  }

  #ask(assembly: BlobAssembly): void {
    for (const offset of assembly.wanted()) this.#send({ type: 'blob-get', sha256: assembly.sha256, offset })
  }
}
