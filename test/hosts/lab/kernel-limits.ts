import { readFile, writeFile } from 'node:fs/promises'

/** A host with systemd uses about ten of these, and all hosts of a machine share one quota (inotify(7)). */
const LIMITS: { readonly [path: string]: number } = {
  '/proc/sys/fs/inotify/max_user_instances': 2048,
  '/proc/sys/fs/inotify/max_user_watches': 524_288,
}

/** Raises kernel limits so that many hosts can run at once; a sufficient limit stays. Lasts until the machine reboots. */
export async function raiseKernelLimits(): Promise<void> {
  for (const [path, wanted] of Object.entries(LIMITS)) {
    if (Number(await readFile(path, 'utf8')) < wanted) await writeFile(path, String(wanted))
  }
}
