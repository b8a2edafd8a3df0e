import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { chmod, lchown, lstat, mkdir, open, rename, rmdir, symlink, unlink } from 'node:fs/promises'
import { AppError } from '../../protocol/errors.ts'
import { insideTrusted } from '../../protocol/trusted-directory.ts'
import type { ProgramResult } from '../../states/system.ts'
import { tailOf } from './program-output.ts'

/** Flag of open(2) that Node does not define: refers to the file itself without opening its content. */
const O_PATH = 0o10000000

/** Creates one directory; only this process can enter it until it has its owner. */
export async function makeOwned(
  path: string,
  owner: { readonly uid: number; readonly gid: number },
  mode: number,
): Promise<void> {
  await insideTrusted(path, async (name, directory) => {
    await mkdir(`${directory}/${name}`, { mode: 0o700 })
    const made = await open(`${directory}/${name}`, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
    try {
      const status = await made.stat()
      if (status.uid !== process.getuid?.()) throw swapped(path)
      await made.chown(owner.uid, owner.gid)
      await made.chmod(mode)
    } finally {
      await made.close()
    }
  })
}

/** Sets the mode. Never follows a link, since its owner chooses the target. */
export async function setMode(path: string, mode: number): Promise<void> {
  await insideTrusted(path, async (name, directory) => {
    const file = await open(`${directory}/${name}`, O_PATH | constants.O_NOFOLLOW)
    try {
      if ((await file.stat()).isSymbolicLink()) throw swapped(path)
      await chmod(`/proc/self/fd/${file.fd}`, mode)
    } finally {
      await file.close()
    }
  })
}

/** Sets the owner; -1 leaves an id unchanged. Changes a link itself, not its target. */
export async function setNumbers(path: string, uid: number, gid: number): Promise<void> {
  await insideTrusted(path, (name, directory) => lchown(`${directory}/${name}`, uid, gid))
}

/** Creates a symbolic link; replaces an existing one atomically. */
export async function makeLink(path: string, target: string): Promise<void> {
  await insideTrusted(path, async (name, directory) => {
    const fresh = `${directory}/.saltern-link-${randomBytes(6).toString('hex')}`
    await symlink(target, fresh)
    try {
      await rename(fresh, `${directory}/${name}`)
    } catch (error) {
      await unlink(fresh)
      throw error
    }
  })
}

/**
 * Removes a path. Uses rm(1) for trees because it walks by descriptors, so that no link in the middle can redirect it; Node's
 * own function does not.
 */
export async function removePath(
  path: string,
  recursive: boolean,
  run: (argv: readonly string[], options: { readonly cwd: string }) => Promise<ProgramResult>,
): Promise<void> {
  await insideTrusted(path, async (name, directory) => {
    const status = await lstat(`${directory}/${name}`)
    if (!status.isDirectory()) await unlink(`${directory}/${name}`)
    else if (!recursive) await rmdir(`${directory}/${name}`)
    else await removeTree(path, name, directory, run)
  })
}

async function removeTree(
  path: string,
  name: string,
  directory: string,
  run: Parameters<typeof removePath>[2],
): Promise<void> {
  const { exitCode, stderr } = await run(['rm', '-rf', '--', name], { cwd: directory })
  if (exitCode === 0) return
  throw new AppError({
    code: 'PROGRAM_FAILED',
    message: `\`rm -rf ${path}\` ended with exit code ${exitCode}: ${tailOf(stderr.trim(), 2000)}`,
    hint: `See what is left: \`ls -la ${path}\`.`,
  })
}

function swapped(path: string): AppError {
  return new AppError({
    code: 'PATH_UNSAFE',
    message: `\`${path}\` was replaced by a file of another user while it was being changed: nothing was done to it`,
    hint: `Check who owns it: \`namei -l ${path}\`.`,
  })
}
