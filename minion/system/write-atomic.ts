import { constants } from 'node:fs'
import { type FileHandle, lstat, open, readlink, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { AppError } from '../../protocol/errors.ts'

/** As many as the kernel follows, path_resolution(7). */
const MOST_LINKS = 40

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
  const shown = dirname(file.path)
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  try {
    const directory = await openTrusted(shown)
    try {
      // By the descriptor, not by the path: who owns a parent may swap it for a link at any moment.
      const inside = `/proc/self/fd/${directory.fd}`
      const name = `.${basename(file.path)}.saltern-${unique}~`
      const candidate = await open(`${inside}/${name}`, flags, 0o600)
      try {
        try {
          await candidate.chown(file.uid, file.gid)
          await candidate.chmod(file.mode)
          await candidate.writeFile(file.data)
          await candidate.sync()
        } finally {
          await candidate.close()
        }
        await file.check?.(join(shown, name))
        await rename(`${inside}/${name}`, `${inside}/${basename(file.path)}`)
      } catch (error) {
        await rm(`${inside}/${name}`, { force: true }).catch(() => undefined)
        throw error
      }
      await directory.sync()
    } finally {
      await directory.close()
    }
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

/** Opens a directory and makes sure that no link of another user led there (CWE-59, CWE-367). PATH_UNSAFE. */
async function openTrusted(path: string): Promise<FileHandle> {
  const real = await followOwnLinks(resolve(path))
  const handle = await open(real, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  const opened = await readlink(`/proc/self/fd/${handle.fd}`)
  if (opened === real) return handle
  await handle.close()
  throw new AppError({
    code: 'PATH_UNSAFE',
    message: `\`${path}\` was swapped for \`${opened}\` while it was opened: nothing is written there`,
    hint: `Look who owns it: \`namei -l ${path}\`.`,
  })
}

/** The path without links; one of another user could lead a write of ours anywhere. */
async function followOwnLinks(path: string): Promise<string> {
  const trusted = [0, process.getuid?.() ?? 0]
  const rest = path.split('/').filter(part => part !== '')
  let real = ''
  for (let links = 0; rest.length > 0; ) {
    const next = `${real}/${rest.shift()}`
    const status = await lstat(next).catch(() => undefined)
    if (status?.isSymbolicLink() !== true) {
      real = next
      continue
    }
    links += 1
    if (!trusted.includes(status.uid) || links > MOST_LINKS) {
      throw new AppError({
        code: 'PATH_UNSAFE',
        message: `\`${next}\` is a symbolic link of user ${status.uid}: nothing is written through it`,
        hint: `Remove it: \`rm ${next}\`.`,
      })
    }
    const target = resolve(real === '' ? '/' : real, await readlink(next))
    rest.unshift(...target.split('/').filter(part => part !== ''))
    real = ''
  }
  return real === '' ? '/' : real
}
