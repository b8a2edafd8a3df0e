import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { candidateName } from '../../protocol/durable-file.ts'
import { type AtomicFile, explainWrite } from './write-atomic.ts'

const sync = promisify(fsync)

/**
 * Does what `writeAtomic` does at a place that `LocalFiles.place` found, where nobody else can swap the directory and no call waits
 * for another machine: only the syncs leave the event loop. For small content. DISK_FULL, FILE_UNWRITABLE.
 */
export async function writeLocal(
  { path, data, mode, uid, gid }: Omit<AtomicFile, 'data' | 'check'> & { readonly data: Uint8Array },
  place: string,
  unique: string,
): Promise<void> {
  try {
    const parent = dirname(place)
    const directory = openSync(parent, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
    try {
      const candidate = join(parent, candidateName(basename(place), unique))
      const file = openSync(
        candidate,
        constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
        0o600,
      )
      try {
        try {
          fchownSync(file, uid, gid)
          fchmodSync(file, mode)
          writeFileSync(file, data)
          await sync(file)
        } finally {
          closeSync(file)
        }
        renameSync(candidate, place)
      } catch (error) {
        rmSync(candidate, { force: true })
        throw error
      }
      await sync(directory)
    } finally {
      closeSync(directory)
    }
  } catch (error) {
    throw explainWrite(error, path)
  }
}
