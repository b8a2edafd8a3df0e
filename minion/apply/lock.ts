import { mkdir, open, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** How often a waiting run looks whether it is its turn. */
const LOOK_MS = 250

interface Holder {
  readonly pid: number
  /** Start time of the process in clock ticks, so that a later process of the same id is not taken for it. */
  readonly started: string
}

/** One apply at a time on a host, whichever process does it. Waits in line; `onWait` is told once whom for. */
export async function lockApply(
  path: string,
  { signal, onWait }: { readonly signal: AbortSignal; readonly onWait: (pid: number) => void },
): Promise<() => Promise<void>> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const own: Holder = { pid: process.pid, started: (await startOf(process.pid)) ?? '' }
  let told = false
  for (;;) {
    signal.throwIfAborted()
    if (await take(path, own)) return () => rm(path, { force: true })
    const holder = await holderOf(path)
    if (holder === undefined || (await startOf(holder.pid)) !== holder.started) {
      // Its process is dead: nobody holds it.
      await rm(path, { force: true })
      continue
    }
    if (!told) onWait(holder.pid)
    told = true
    await pause(LOOK_MS, undefined, { signal })
  }
}

async function take(path: string, own: Holder): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600)
    try {
      await file.writeFile(JSON.stringify(own))
    } finally {
      await file.close()
    }
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function holderOf(path: string): Promise<Holder | undefined> {
  // Made and filled are two moments: an empty file is looked at again.
  for (let look = 0; look < 4; look++) {
    try {
      return JSON.parse(await readFile(path, 'utf8')) as Holder
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      await pause(LOOK_MS / 4)
    }
  }
  return undefined
}

/** Field 22 of /proc/<pid>/stat, proc(5). */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}
