import { constants, open } from 'node:fs/promises'

/** The file of a recording that is being made, as little of it as that needs. */
export interface CastFile {
  /** Puts all of them there; some of them may be there when it throws. */
  write(bytes: Uint8Array, position: number): Promise<void>
  truncate(size: number): Promise<void>
  sync(): Promise<void>
  close(): Promise<void>
}

/** A new file that only its owner reads; never one that is there already, never through a link. */
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
