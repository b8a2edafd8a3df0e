import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs'

/**
 * Makes the file, empty, if it is not there; either way only its owner may read it, from before it holds anything. One
 * that is there is not opened: closing it would drop the locks that this process has on it, fcntl(2).
 */
export function createPrivateFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
    chmodSync(path, 0o600)
  }
}

/** Makes the directory, for its owner only; one that is there stays as it is. */
export function createPrivateDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 })
}
