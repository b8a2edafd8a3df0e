import { mkdir, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { tryLock } from '../system/file-lock.ts'

/** How often a waiting run tries to take the lock. */
const LOOK_MS = 250

/**
 * Takes the lock that allows one apply at a time on a host, across processes. Waits for its turn; `onWait` is called once with
 * the holder's process id. The kernel holds the lock on the open file (flock(2)): it is released when its process ends, however
 * that happens, and never held twice.
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
    // Needed only for the message, so a full disk does not prevent the run.
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

/** 0 until the holder has written its process id. */
async function holderOf(path: string): Promise<number> {
  return Number(await readFile(path, 'utf8')) || 0
}
