import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, link, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** What is written: text, bytes, pieces, or whatever a function writes to the candidate. */
type Content =
  | string
  | Uint8Array
  | AsyncIterable<Uint8Array>
  | ((candidate: FileHandle, path: string) => Promise<void>)

export interface DurableFile {
  readonly path: string
  readonly data: Content
  /** Permission bits, regardless of the umask; default 0600. */
  readonly mode?: number
  /** Set before any content is written; default: this process. */
  readonly owner?: { readonly uid: number; readonly gid: number }
  /** Unique part of the candidate's name; default: random. */
  readonly unique?: string
  /** Called with the candidate's path before it replaces the file; may throw. */
  readonly check?: (candidate: string) => Promise<void>
  /** Throw EEXIST when the path exists; the file still appears either complete or not at all. */
  readonly isNew?: boolean
  /** The caller fsyncs the directory afterwards. */
  readonly leavesDirectory?: boolean
}

/**
 * Writes a file that must be complete after a crash; the only way Saltern does this. Creates a candidate in the same directory
 * (dot-prefixed, without the suffix that daemons include), sets owner and mode before content, and then does fsync, check,
 * rename and fsync of the directory. On failure the old file is unchanged and the candidate is removed. Throws system errors
 * unchanged.
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
  if (file.leavesDirectory !== true) await syncDirectory(directory).catch(unlessUnreadable)
}

/** Maximum length of a file name in bytes, NAME_MAX. */
const LONGEST_NAME = 255

/** Name of the candidate for a file; omits the file's name when that is too long. Pure. */
export function candidateName(name: string, unique: string): string {
  const whole = `.${name}.saltern-${unique}~`
  return Buffer.byteLength(whole) <= LONGEST_NAME ? whole : `.saltern-${unique}~`
}

/**
 * Ignores a directory that can be written but not read, such as a drop box: it cannot be synced, but the file itself is on
 * disk.
 */
function unlessUnreadable(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EACCES') throw error
}

/** Syncs a directory; a rename or a new name is on disk when this resolves. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
