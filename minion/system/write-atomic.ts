import { constants } from 'node:fs'
import { lstat, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { AppError } from '../../protocol/errors.ts'

export interface AtomicFile {
  readonly path: string
  readonly data: string | Uint8Array
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
  const directory = dirname(file.path)
  await refuseForeignLinks(directory)
  const candidate = join(directory, `.${basename(file.path)}.saltern-${unique}~`)
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  try {
    const handle = await open(candidate, flags, 0o600)
    try {
      await handle.chown(file.uid, file.gid)
      await handle.chmod(file.mode)
      await handle.writeFile(file.data)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await file.check?.(candidate)
    await rename(candidate, file.path)
    await syncDirectory(directory)
  } catch (error) {
    await rm(candidate, { force: true }).catch(() => undefined)
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

/** A parent that is a link of another user could lead a write of ours anywhere (CWE-59). */
async function refuseForeignLinks(directory: string): Promise<void> {
  const trusted = [0, process.getuid?.() ?? 0]
  const parts = directory.split('/').filter(part => part !== '')
  let path = ''
  for (const part of parts) {
    path = `${path}/${part}`
    const status = await lstat(path).catch(() => undefined)
    if (status?.isSymbolicLink() === true && !trusted.includes(status.uid)) {
      throw new AppError({
        code: 'PATH_UNSAFE',
        message: `\`${path}\` is a symbolic link of user ${status.uid}: nothing is written through it`,
        hint: `Remove it: \`rm ${path}\`.`,
      })
    }
  }
}
