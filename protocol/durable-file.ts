import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, link, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** What is written: text, bytes, pieces, or whatever a function writes into the candidate. */
type Content =
  | string
  | Uint8Array
  | AsyncIterable<Uint8Array>
  | ((candidate: FileHandle, path: string) => Promise<void>)

export interface DurableFile {
  readonly path: string
  readonly data: Content
  /** Permission bits, whatever the umask; undefined: 0600. */
  readonly mode?: number
  /** Set before there is any content; undefined: of this process. */
  readonly owner?: { readonly uid: number; readonly gid: number }
  /** Of the candidate beside it; undefined: random. */
  readonly unique?: string
  /** Called with the candidate's path before it takes the place of the file; may throw. */
  readonly check?: (candidate: string) => Promise<void>
  /** True: EEXIST when something is there already; the file still appears whole or not at all. */
  readonly isNew?: boolean
}

/**
 * The one way in which Saltern writes a file that must be whole after a crash: a candidate in the same directory
 * (dot-prefixed, without the suffix that daemons include), owner and mode before content, fsync, check, rename, fsync of the
 * directory. On any failure the old file is unchanged and the candidate is removed. Throws what the system said.
 */
export async function writeDurable(file: DurableFile): Promise<void> {
  const directory = dirname(file.path)
  const unique = file.unique ?? randomBytes(6).toString('hex')
  const candidate = join(directory, candidateName(basename(file.path), unique))
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  const handle = await open(candidate, flags, 0o600)
  try {
    try {
      if (file.owner !== undefined) await handle.chown(file.owner.uid, file.owner.gid)
      await handle.chmod(file.mode ?? 0o600)
      if (typeof file.data === 'function') await file.data(handle, candidate)
      else await handle.writeFile(file.data)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await file.check?.(candidate)
    if (file.isNew === true) await link(candidate, file.path)
    else await rename(candidate, file.path)
  } catch (error) {
    await rm(candidate, { force: true }).catch(() => undefined)
    throw error
  }
  if (file.isNew === true) await rm(candidate, { force: true })
  await syncDirectory(directory).catch(unlessUnreadable)
}

/** As many bytes as a name may have, NAME_MAX. */
const LONGEST_NAME = 255

/** The name of a candidate beside a file; of a file whose name leaves no room, without that name. Pure. */
export function candidateName(name: string, unique: string): string {
  const whole = `.${name}.saltern-${unique}~`
  return Buffer.byteLength(whole) <= LONGEST_NAME ? whole : `.saltern-${unique}~`
}

/** A directory that may be written and not read, such as a drop box, cannot be synced: the file itself is on the disk. */
function unlessUnreadable(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EACCES') throw error
}

/** A rename or a new name is on the disk when this resolves. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
