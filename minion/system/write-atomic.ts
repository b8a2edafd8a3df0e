import { statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { getSystemErrorMap } from 'node:util'
import { isDiskFull, roomHint } from '../../protocol/disk-room.ts'
import { candidateName, type DurableFile, writeDurable } from '../../protocol/durable-file.ts'
import { AppError } from '../../protocol/errors.ts'
import { insideTrusted } from '../../protocol/trusted-directory.ts'

export interface AtomicFile {
  readonly path: string
  /** If the pieces end with an error, the old file stays unchanged. */
  readonly data: Exclude<DurableFile['data'], (...words: never) => unknown>
  /** Permission bits. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Called with the candidate before it replaces the file; may throw. */
  readonly check?: (candidate: string) => Promise<void>
}

/**
 * Replaces a file of this host in one step (`writeDurable`), inside a directory that no other user can swap meanwhile. When
 * anything fails the old file is unchanged and the candidate is gone. DISK_FULL, PATH_UNSAFE, FILE_UNWRITABLE.
 */
export async function writeAtomic(file: AtomicFile, unique: string): Promise<void> {
  const { check, data, mode, uid, gid } = file
  const shown = dirname(file.path)
  try {
    await insideTrusted(file.path, (name, directory) =>
      writeDurable({
        path: `${directory}/${name}`,
        data,
        mode,
        owner: { uid, gid },
        unique,
        leavesDirectory: true,
        ...(check === undefined ? {} : { check: () => check(join(shown, candidateName(name, unique))) }),
      }),
    )
  } catch (error) {
    throw explainWrite(error, file.path)
  }
}

/** Describes a failed system call without the path, which goes through one of our descriptors; undefined for other errors. */
export function kernelWords(error: unknown): string | undefined {
  const { errno, code, syscall } = error as NodeJS.ErrnoException
  if (errno === undefined || syscall === undefined || code === 'EEXIST') return undefined
  return `${getSystemErrorMap().get(errno)?.[1] ?? code} (${code})`
}

/** Translates a system error for users; returns any other error unchanged. */
export function explainWrite(error: unknown, path: string): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (isDiskFull(error)) {
    return new AppError(
      {
        code: 'DISK_FULL',
        message: `no space left to write \`${path}\`; the old file is unchanged`,
        hint: roomHint(dirname(path)),
      },
      { cause: error },
    )
  }
  const blocking = code === 'ENOTDIR' ? firstFile(dirname(path)) : dirname(path)
  const reasons: { readonly [code: string]: string } = {
    ENOENT: `the directory \`${dirname(path)}\` does not exist`,
    ENOTDIR: `\`${blocking}\` is not a directory`,
    EISDIR: `\`${path}\` is a directory`,
    EACCES: 'permission denied',
    EPERM: 'not permitted',
    EROFS: 'the file system is read-only',
    EBUSY: 'it is in use, for example as a mount point',
    ELOOP: 'its symbolic links form a loop',
    ENAMETOOLONG: 'the name is too long for the file system',
    ETXTBSY: 'it is a program that is running',
  }
  const reason = code === undefined ? undefined : (reasons[code] ?? kernelWords(error))
  if (reason === undefined) return error
  return new AppError(
    {
      code: 'FILE_UNWRITABLE',
      message: `cannot write \`${path}\`: ${reason}`,
      hint: `Check it: \`ls -ld ${code === 'ENOTDIR' ? blocking : `${dirname(path)} ${path}`}\`.`,
    },
    { cause: error },
  )
}

/** Finds the first part of a path that is no directory, for an error that does not name it; the whole path if none is. */
function firstFile(directory: string): string {
  const parts = directory.split('/').filter(part => part !== '')
  const paths = parts.map((_, at) => `/${parts.slice(0, at + 1).join('/')}`)
  try {
    return paths.find(path => statSync(path, { throwIfNoEntry: false })?.isDirectory() === false) ?? directory
  } catch {
    return directory
  }
}
