import { readFile, writeFile } from 'node:fs/promises'

/** A host with systemd has about ten of these, and all hosts of a machine share one account of them (inotify(7)). */
const LIMITS: { readonly [path: string]: number } = {
  '/proc/sys/fs/inotify/max_user_instances': 2048,
  '/proc/sys/fs/inotify/max_user_watches': 524_288,
}

/** Lets many hosts run at once; a limit that is high enough stays as it is. Stays until the machine boots. */
export async function raiseKernelLimits(): Promise<void> {
  for (const [path, wanted] of Object.entries(LIMITS)) {
    if (Number(await readFile(path, 'utf8')) < wanted) await writeFile(path, String(wanted))
  }
}
