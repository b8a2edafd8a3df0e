import { createWriteStream } from 'node:fs'
import { lstat, mkdir, readlink, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { openToLook } from '../../protocol/trusted-directory.ts'

/**
 * Copies what lies at a path to `directory` (under its own path) before the first change of this run to it. Directories
 * are not copied. The copies are readable by root only.
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
