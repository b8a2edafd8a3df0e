import { access, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

const PREFIX = '.building-'

/**
 * Creates a hidden directory in `out` to build in: on the same file system, so that finished files appear by a rename. Removes
 * those of builds that were killed.
 */
export async function createWorkDirectory(out: string): Promise<string> {
  await mkdir(out, { recursive: true })
  for (const name of await readdir(out)) {
    if (name.startsWith(PREFIX) && !(await isAlive(name))) await rm(join(out, name), { recursive: true, force: true })
  }
  return await mkdtemp(join(out, `${PREFIX}${process.pid}-`))
}

/** True while the build of a directory is running. */
async function isAlive(name: string): Promise<boolean> {
  const pid = /^\.building-(\d+)-/.exec(name)?.[1]
  if (pid === undefined) return false
  return await access(`/proc/${pid}`).then(
    () => true,
    () => false,
  )
}
