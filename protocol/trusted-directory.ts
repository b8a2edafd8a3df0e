import { constants, type Stats } from 'node:fs'
import { type FileHandle, lstat, open, readlink } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { writeDurable } from './durable-file.ts'
import { AppError } from './errors.ts'

/** The limit of the kernel, path_resolution(7). */
const MOST_LINKS = 40

/**
 * Acts on the last component of a path while holding its directory open: the owner of a parent can replace it with a link at
 * any moment, but `directory` (a path through our descriptor) still refers to the directory that was checked. The directory is
 * fsynced afterwards. Throws PATH_UNSAFE.
 */
export async function insideTrusted<T>(path: string, act: (name: string, directory: string) => Promise<T>): Promise<T> {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW
  const handle = await openTrusted(dirname(path), flags)
  try {
    // With the process id, because programs that we start may use the path too.
    const result = await act(basename(path), `/proc/${process.pid}/fd/${handle.fd}`)
    await handle.sync()
    return result
  } finally {
    await handle.close()
  }
}

/**
 * Opens a file for reading without blocking on a pipe. What is read here is shown to others, so no one may redirect us to a
 * file that only we can read. Throws PATH_UNSAFE; system errors for missing files are passed through.
 */
export async function openToLook(path: string): Promise<FileHandle> {
  // Without O_NONBLOCK, opening a pipe that has no writer would block forever.
  return openTrusted(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY | constants.O_NOFOLLOW)
}

/**
 * Writes a file beside `path` and renames it: it appears either complete or not at all, and is on disk. `fill` receives the
 * status of the previous file. A link at the path itself is replaced. Throws PATH_UNSAFE; system errors are passed through.
 */
export async function replaceTrusted<T>(
  path: string,
  mode: number,
  fill: (file: FileHandle, old: Stats | undefined) => Promise<T>,
): Promise<T> {
  return insideTrusted(path, async (name, directory) => {
    const old = await lstat(`${directory}/${name}`).catch(() => undefined)
    const filled = Promise.withResolvers<T>()
    const data = async (file: FileHandle): Promise<void> => filled.resolve(await fill(file, old))
    await writeDurable({ path: `${directory}/${name}`, mode: mode & ~process.umask(), data, leavesDirectory: true })
    return await filled.promise
  })
}

/** Opens a file unless a link of another user leads to it (CWE-59, CWE-367). Throws PATH_UNSAFE. */
async function openTrusted(path: string, flags: number): Promise<FileHandle> {
  const real = await followOwnLinks(resolve(path))
  const handle = await open(real, flags).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ELOOP' ? swapped(path, 'a link') : error
  })
  const opened = await readlink(`/proc/self/fd/${handle.fd}`)
  // It can be replaced meanwhile by a rename, as we do it.
  if (opened === real || opened === `${real} (deleted)`) return handle
  await handle.close()
  throw swapped(path, `\`${opened}\``)
}

function swapped(path: string, by: string): AppError {
  return new AppError({
    code: 'PATH_UNSAFE',
    message: `\`${path}\` was replaced by ${by} while it was being opened: it was neither read nor written`,
    hint: `Check who owns it: \`namei -l ${path}\`.`,
  })
}

function circle(path: string): AppError {
  return new AppError({
    code: 'PATH_UNSAFE',
    message: `the symbolic links of \`${path}\` form a loop`,
    hint: `Check them: \`namei -l ${path}\`.`,
  })
}

/** Resolves links. Throws PATH_UNSAFE for a link of another user, which could redirect our read or write anywhere. */
export async function followOwnLinks(path: string): Promise<string> {
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
    if (links > MOST_LINKS) throw circle(path)
    if (!trusted.includes(status.uid)) {
      throw new AppError({
        code: 'PATH_UNSAFE',
        message: `\`${next}\` is a symbolic link of user ${status.uid}: Saltern does not read or write through it`,
        hint: `Remove it: \`rm ${next}\`.`,
      })
    }
    const target = resolve(real === '' ? '/' : real, await readlink(next))
    rest.unshift(...target.split('/').filter(part => part !== ''))
    real = ''
  }
  return real === '' ? '/' : real
}
