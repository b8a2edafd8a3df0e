import { mkdir, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { tryLock } from '../system/file-lock.ts'

/** How often a waiting run looks whether it is its turn. */
const LOOK_MS = 250

/**
 * One apply at a time on a host, whichever process does it. Waits in line; `onWait` is told once whom for. The lock is
 * the kernel's, on the open file (flock(2)): it ends with its process, however that ends, and two can never have it.
 */
export async function lockApply(
  path: string,
  { signal, onWait }: { readonly signal: AbortSignal; readonly onWait: (pid: number) => void },
): Promise<() => Promise<void>> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const file = await open(path, 'a+', 0o600)
  try {
    for (let told = false; !(await tryLock(file)); told = true) {
      if (!told) onWait(await holderOf(path))
      await pause(LOOK_MS, undefined, { signal })
    }
    signal.throwIfAborted()
    // For the message alone: a full disk is no reason not to begin.
    await file
      .truncate(0)
      .then(() => file.write(String(process.pid)))
      .catch(() => undefined)
  } catch (error) {
    await file.close()
    throw error
  }
  return () => file.close()
}

/** 0 while the holder has not written its id yet. */
async function holderOf(path: string): Promise<number> {
  return Number(await readFile(path, 'utf8')) || 0
}
