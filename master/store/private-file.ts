import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs'

/**
 * Creates an empty file if it does not exist; in any case only its owner can read it, before it has any content. An existing
 * file is not opened: closing it would drop the locks that this process holds on it, fcntl(2).
 */
export function createPrivateFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
    chmodSync(path, 0o600)
  }
}

/** Creates a directory for its owner only; an existing one stays unchanged. */
export function createPrivateDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 })
}
