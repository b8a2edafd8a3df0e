import { chmod, copyFile, lstat, mkdir, readlink, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'

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
      await copyFile(path, copy)
      await chmod(copy, 0o600)
    }
  }
}
