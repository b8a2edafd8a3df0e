import { createWriteStream } from 'node:fs'
import { lstat, mkdir, readlink, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Secret } from '../../protocol/secret.ts'
import { openToLook } from '../../protocol/trusted-directory.ts'
import type { Action } from '../../states/action.ts'
import type { System } from '../../states/system.ts'
import { secretFileKey } from './text-diff.ts'

/**
 * Copies what lies at a path to `directory` (under its own path) before the first change of this run to it. Directories
 * are not copied. The copies are readable by root only, and kept as long as BACKUP_RULE says.
 */
export function backupTo(directory: string): (path: string) => Promise<void> {
  const seen = new Set<string>()
  return async path => {
    if (seen.has(path)) return
    seen.add(path)
    const status = await lstat(path).catch(() => undefined)
    if (status === undefined || status.isDirectory()) return
    const copy = join(directory, path)
    await mkdir(dirname(copy), { recursive: true, mode: 0o700 })
    if (status.isSymbolicLink()) {
      await symlink(await readlink(path), copy)
    } else if (status.isFile()) {
      await copyTo(path, copy)
    }
  }
}

/** Through no link of another user: the file of somebody else would lie in the backups of this one. */
async function copyTo(path: string, copy: string): Promise<void> {
  const file = await openToLook(path)
  try {
    await pipeline(file.createReadStream({ autoClose: false }), createWriteStream(copy, { flags: 'wx', mode: 0o600 }))
  } finally {
    await file.close()
  }
}

/**
 * The path that is copied before this action. None for a file that holds a secret of Saltern, or will: the master has its
 * values, and an old one must not stay in clear.
 */
export async function pathToBackUp(action: Action, system: Pick<System, 'applied'>): Promise<string | undefined> {
  if (action.do !== 'write-file' && action.do !== 'remove' && action.do !== 'link') return undefined
  if (action.do === 'write-file' && action.content instanceof Secret) return undefined
  return (await system.applied(secretFileKey(action.path), action.path)) ? undefined : action.path
}
