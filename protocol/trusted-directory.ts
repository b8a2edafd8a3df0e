import { constants, type Stats } from 'node:fs'
import { type FileHandle, lstat, open, readlink } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { writeDurable } from './durable-file.ts'
import { AppError } from './errors.ts'

/** As many as the kernel follows, path_resolution(7). */
const MOST_LINKS = 40

/**
 * Acts on the last part of a path inside its directory, which is held open meanwhile: who owns a parent may swap it for
 * a link at any moment, and `directory` (a path through our descriptor) is then still the one that was looked at. The
 * directory is fsynced afterwards. PATH_UNSAFE.
 */
export async function insideTrusted<T>(path: string, act: (name: string, directory: string) => Promise<T>): Promise<T> {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW
  const handle = await openTrusted(dirname(path), flags)
  try {
    // By process id: programs that we start may use it too.
    const result = await act(basename(path), `/proc/${process.pid}/fd/${handle.fd}`)
    await handle.sync()
    return result
  } finally {
    await handle.close()
  }
}

/**
 * Opens a file to look at it, without waiting for a pipe: what is read here is shown to others, so nobody may lead us to
 * what only we can read. PATH_UNSAFE; what the kernel says of files that are not there comes as it is.
 */
export async function openToLook(path: string): Promise<FileHandle> {
  // A pipe without a writer would be waited for, for ever.
  return openTrusted(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY | constants.O_NOFOLLOW)
}

/**
 * Writes a file beside `path` and renames it there: it is there whole or not at all, and on disk. `fill` gets
 * what was there before. A link at the path itself is replaced. PATH_UNSAFE; what the kernel says comes as it is.
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
    await writeDurable({ path: `${directory}/${name}`, mode: mode & ~process.umask(), data })
    return await filled.promise
  })
}

/** Opens what no link of another user led to (CWE-59, CWE-367). PATH_UNSAFE. */
async function openTrusted(path: string, flags: number): Promise<FileHandle> {
  const real = await followOwnLinks(resolve(path))
  const handle = await open(real, flags).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ELOOP' ? swapped(path, 'a link') : error
  })
  const opened = await readlink(`/proc/self/fd/${handle.fd}`)
  // Somebody may replace it meanwhile, in one step, as we do.
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

/** The path without links; one of another user could lead a read or write of ours anywhere. PATH_UNSAFE. */
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
