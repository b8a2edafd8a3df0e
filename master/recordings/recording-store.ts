import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat, readdir, rm } from 'node:fs/promises'
import { recordingPath, sessionOfFile } from './recording-path.ts'
import type { KeptRecording } from './retention.ts'

/** A part of a recording, with the hash of the whole file. */
export interface Page {
  readonly sha256: string
  /** Size of the whole file. */
  readonly bytes: number
  /** Whole lines, from the requested offset. */
  readonly text: string
  /** Offset of the next page; absent: this is the last one. */
  readonly next?: number
}

/** The recordings of a directory. */
export interface RecordingStore {
  list(): Promise<readonly KeptRecording[]>
  /** Returns the size in bytes; undefined when it does not exist. */
  size(session: string): Promise<number | undefined>
  /**
   * Reads the whole recording for its hash and returns at most `most` bytes of it, from the offset `from`; undefined when it
   * does not exist.
   */
  read(session: string, from: number, most: number): Promise<Page | undefined>
  remove(session: string): Promise<void>
}

export function openRecordingStore(directory: string): RecordingStore {
  const look = async (session: string): Promise<KeptRecording | undefined> => {
    const status = await lstat(recordingPath(directory, session)).catch(unlessMissing)
    if (status?.isFile() !== true) return undefined
    return { session, bytes: status.size, atMs: status.mtimeMs }
  }
  return {
    list: async () => {
      const names = (await readdir(directory).catch(unlessMissing)) ?? []
      const found: KeptRecording[] = []
      for (const name of names) {
        const session = sessionOfFile(name)
        const kept = session === undefined ? undefined : await look(session)
        if (kept !== undefined) found.push(kept)
      }
      return found
    },
    size: async session => (await look(session))?.bytes,
    read: async (session, from, most) =>
      (await look(session)) === undefined ? undefined : await readPage(recordingPath(directory, session), from, most),
    remove: session => rm(recordingPath(directory, session), { force: true }),
  }
}

async function readPage(path: string, from: number, most: number): Promise<Page | undefined> {
  const hash = createHash('sha256')
  const wanted: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
      hash.update(chunk)
      const part = chunk.subarray(Math.max(0, from - bytes), Math.max(0, from + most - bytes))
      if (part.length > 0) wanted.push(part)
      bytes += chunk.length
    }
  } catch (thrown) {
    return unlessMissing(thrown as NodeJS.ErrnoException)
  }
  const body = Buffer.concat(wanted)
  const isLast = from + body.length >= bytes
  const whole = isLast ? body : body.subarray(0, body.lastIndexOf(0x0a) + 1)
  // Without this, paging would never get past a line longer than a page.
  const page = whole.length === 0 ? body : whole
  const text = page.toString('utf8')
  return { sha256: hash.digest('hex'), bytes, text, ...(isLast ? {} : { next: from + page.length }) }
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined
  throw error
}
