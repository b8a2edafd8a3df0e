import { chunkAt, chunkLength } from '../../protocol/blob-transfer.ts'
import type { Sha256 } from '../../protocol/ids.ts'
import type { BlobChunk } from '../../protocol/messages.ts'
import type { BlobFiles, OpenBlobFile } from './blob-files.ts'
import type { Blobs } from './blobs.ts'

/** Serves chunks of blobs. A body is decompressed and checked once for all minions that fetch it, not once per chunk. */
export interface BlobReader {
  /** Returns the chunk at an offset; undefined when there is no such blob or it has no data there. Throws STORE_DAMAGED. */
  chunk(sha256: Sha256, offset: number): Promise<BlobChunk | undefined>
  close(): Promise<void>
}

/** Total bytes of database bodies held at once. */
const HELD_BYTES = 32 * 1024 * 1024
const OPEN_FILES = 64
/** What is not requested for this time is released. */
const IDLE_MS = 30_000

type Source =
  | { readonly kind: 'body'; readonly bytes: Uint8Array }
  | { readonly kind: 'file'; readonly file: OpenBlobFile }

interface Held {
  readonly source: Promise<Source | undefined>
  /** Known after loading. */
  bytes: number
  files: 0 | 1
  usedMs: number
  /** Reads in progress: a file is closed after them. */
  reading: number
  dropped: boolean
}

/** Creates the reader. `elapsed` returns milliseconds of a monotonic clock. */
export function createBlobReader(
  { blobs, blobFiles }: { readonly blobs: Pick<Blobs, 'get'>; readonly blobFiles: Pick<BlobFiles, 'open'> },
  elapsed: () => number,
): BlobReader {
  /** In order of last use. */
  const held = new Map<Sha256, Held>()
  const total = { bytes: 0, files: 0 }
  const closing = new Set<Promise<void>>()

  const load = async (sha256: Sha256): Promise<Source | undefined> => {
    const file = await blobFiles.open(sha256)
    if (file !== undefined) return { kind: 'file', file }
    const bytes = blobs.get(sha256)
    return bytes === undefined ? undefined : { kind: 'body', bytes }
  }
  const release = (one: Held): void => {
    if (!one.dropped || one.reading > 0) return
    const closed = one.source
      .then(async source => source?.kind === 'file' && (await source.file.close()))
      .then(
        () => undefined,
        () => undefined,
      )
    closing.add(closed)
    void closed.finally(() => closing.delete(closed))
  }
  const drop = (sha256: Sha256, one: Held): void => {
    if (one.dropped) return
    held.delete(sha256)
    total.bytes -= one.bytes
    total.files -= one.files
    one.dropped = true
    release(one)
  }
  /** Drops the least recently used ones, but never the one requested now. */
  const makeRoom = (keep: Held): void => {
    for (const [sha256, one] of held) {
      if (total.bytes <= HELD_BYTES && total.files <= OPEN_FILES) return
      if (one !== keep) drop(sha256, one)
    }
  }
  const hold = (sha256: Sha256): Held => {
    const known = held.get(sha256)
    if (known !== undefined) {
      held.delete(sha256)
      held.set(sha256, known)
      return known
    }
    const one: Held = { source: load(sha256), bytes: 0, files: 0, usedMs: 0, reading: 0, dropped: false }
    held.set(sha256, one)
    one.source.then(
      source => {
        if (source === undefined) return drop(sha256, one)
        if (one.dropped) return
        one.files = source.kind === 'file' ? 1 : 0
        one.bytes = source.kind === 'body' ? source.bytes.length : 0
        total.bytes += one.bytes
        total.files += one.files
        makeRoom(one)
      },
      () => drop(sha256, one),
    )
    return one
  }
  const sweep = setInterval(() => {
    for (const [sha256, one] of held) if (one.usedMs < elapsed() - IDLE_MS && one.reading === 0) drop(sha256, one)
  }, IDLE_MS)
  sweep.unref()

  return {
    async chunk(sha256, offset) {
      const one = hold(sha256)
      one.usedMs = elapsed()
      one.reading += 1
      try {
        const source = await one.source
        if (source === undefined) return undefined
        if (source.kind === 'body') return chunkAt(sha256, source.bytes, offset)
        const { size } = source.file
        const length = chunkLength(size, offset)
        if (length === undefined) return undefined
        const data = await source.file.read(offset, length)
        return data.length === length ? { type: 'blob-chunk', sha256, offset, size, data } : undefined
      } finally {
        one.reading -= 1
        release(one)
      }
    },
    async close() {
      clearInterval(sweep)
      for (const [sha256, one] of held) drop(sha256, one)
      await Promise.all(closing)
    },
  }
}
