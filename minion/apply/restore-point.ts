import { randomBytes } from 'node:crypto'
import { lstat, readlink } from 'node:fs/promises'
import { AppError } from '../../protocol/errors.ts'
import { openToLook } from '../../protocol/trusted-directory.ts'
import { makeLink, removePath, setMode, setNumbers } from '../system/paths.ts'
import { spawnProgram } from '../system/spawn.ts'
import { writeAtomic } from '../system/write-atomic.ts'

/** The complete previous content of a path, so that it can be restored without any other file. */
export type RestorePoint =
  | { readonly path: string; readonly was: 'absent' }
  | ({ readonly path: string; readonly was: 'file'; readonly base64: string; readonly mode: number } & Numbers)
  | ({ readonly path: string; readonly was: 'link'; readonly target: string } & Numbers)
  | ({ readonly path: string; readonly was: 'directory'; readonly mode: number } & Numbers)

interface Numbers {
  readonly uid: number
  readonly gid: number
}

/** Settings of daemons are far smaller, and all points of a run share one file. */
const LARGEST = 4 * 1024 * 1024

/**
 * Captures what is at a path. Throws CONFIRM_IMPOSSIBLE for what cannot be restored: a large file, a device, a tree that would
 * be removed.
 */
export async function captureRestorePoint(path: string, removesTree: boolean): Promise<RestorePoint> {
  const status = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw error
  })
  if (status === undefined) return { path, was: 'absent' }
  const { uid, gid } = status
  const mode = status.mode & 0o7777
  if (status.isSymbolicLink()) return { path, was: 'link', target: await readlink(path), uid, gid }
  if (status.isDirectory() && !removesTree) return { path, was: 'directory', mode, uid, gid }
  if (!status.isFile() || status.size > LARGEST) {
    throw new AppError({
      code: 'CONFIRM_IMPOSSIBLE',
      message: `\`${path}\` could not be restored afterwards: it is ${status.isDirectory() ? 'a whole directory' : status.isFile() ? `${status.size} bytes large` : 'not a regular file'}`,
      hint: 'Set `confirm: false` in this state to change it without automatic rollback.',
    })
  }
  const file = await openToLook(path)
  try {
    return { path, was: 'file', base64: (await file.readFile()).toString('base64'), mode, uid, gid }
  } finally {
    await file.close()
  }
}

/** Restores what was there. Rewrites it even if it looks unchanged, so that it does not matter what happened in between. */
export async function restore(point: RestorePoint): Promise<void> {
  const { path } = point
  if (point.was === 'directory') {
    await setNumbers(path, point.uid, point.gid)
    return setMode(path, point.mode)
  }
  const present = await lstat(path).catch(() => undefined)
  if (point.was === 'absent') {
    return present === undefined ? undefined : removePath(path, false, spawnProgram)
  }
  // An entry of another kind can have taken its place.
  if (present?.isDirectory() === true) await removePath(path, true, spawnProgram)
  if (point.was === 'link') {
    await makeLink(path, point.target)
    return setNumbers(path, point.uid, point.gid)
  }
  const { mode, uid, gid, base64 } = point
  await writeAtomic({ path, data: Buffer.from(base64, 'base64'), mode, uid, gid }, randomBytes(6).toString('hex'))
}
