import { constants } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AppError } from '../../protocol/errors.ts'
import { insideTrusted } from './trusted-directory.ts'

export interface AtomicFile {
  readonly path: string
  /** Pieces that end with an error leave the old file as it was. */
  readonly data: string | Uint8Array | AsyncIterable<Uint8Array>
  /** Permission bits. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Told of the candidate before it replaces the file; may throw. */
  readonly check?: (candidate: string) => Promise<void>
}

/**
 * Replaces a file in one step: a candidate in the same directory (dot-prefixed, without the suffix that daemons include),
 * owner and mode before content, fsync, check, rename, fsync of the directory. When anything fails the old file is as it
 * was and the candidate is gone. DISK_FULL, PATH_UNSAFE, FILE_UNWRITABLE.
 */
export async function writeAtomic(file: AtomicFile, unique: string): Promise<void> {
  const shown = dirname(file.path)
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  try {
    await insideTrusted(file.path, async (name, directory) => {
      const fresh = `.${name}.saltern-${unique}~`
      const candidate = await open(`${directory}/${fresh}`, flags, 0o600)
      try {
        try {
          await candidate.chown(file.uid, file.gid)
          await candidate.chmod(file.mode)
          await candidate.writeFile(file.data)
          await candidate.sync()
        } finally {
          await candidate.close()
        }
        await file.check?.(join(shown, fresh))
        await rename(`${directory}/${fresh}`, `${directory}/${name}`)
      } catch (error) {
        await rm(`${directory}/${fresh}`, { force: true }).catch(() => undefined)
        throw error
      }
    })
  } catch (error) {
    throw explainWrite(error, file.path)
  }
}

export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** A user's words for what the kernel said; everything else as it came. */
export function explainWrite(error: unknown, path: string): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new AppError(
      {
        code: 'DISK_FULL',
        message: `no space is left to write \`${path}\`; the old file is as it was`,
        hint: `Make room: \`df -h ${dirname(path)}\`.`,
      },
      { cause: error },
    )
  }
  const reasons: { readonly [code: string]: string } = {
    ENOENT: `the directory \`${dirname(path)}\` does not exist`,
    ENOTDIR: `a part of \`${dirname(path)}\` is no directory`,
    EISDIR: `\`${path}\` is a directory`,
    EACCES: 'permission denied',
    EPERM: 'not permitted',
    EROFS: 'the file system is read-only',
  }
  const reason = code === undefined ? undefined : reasons[code]
  if (reason === undefined) return error
  return new AppError(
    {
      code: 'FILE_UNWRITABLE',
      message: `cannot write \`${path}\`: ${reason}`,
      hint: `Look at it: \`ls -ld ${dirname(path)} ${path}\`.`,
    },
    { cause: error },
  )
}
