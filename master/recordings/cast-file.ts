import { constants, open } from 'node:fs/promises'

/** The file of a recording in progress, with only the operations that it needs. */
export interface CastFile {
  /** Writes all bytes; some of them may be in the file when it throws. */
  write(bytes: Uint8Array, position: number): Promise<void>
  truncate(size: number): Promise<void>
  sync(): Promise<void>
  close(): Promise<void>
}

/** Creates a new file that only its owner can read; never opens an existing one or follows a link. */
export async function createCastFile(path: string): Promise<CastFile> {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants
  const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
  return {
    write: async (bytes, position) => {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done)
        done += bytesWritten
      }
    },
    truncate: size => file.truncate(size),
    sync: () => file.sync(),
    close: () => file.close(),
  }
}
