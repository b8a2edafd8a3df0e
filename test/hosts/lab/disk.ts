import { chmod, link, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { must, run } from './program.ts'

/** The parts of a host outside its container; all of them are in one directory and removed with it. */
export interface Disk {
  /** The root file system of the host. */
  readonly root: string
  /** Its apt archives, in a directory of its own: apt locks it, and two hosts may install at once. */
  readonly archives: string
}

/** The file is sparse: it uses only what is written to it. */
const VOLUME_SIZE = '2G'

export type DiskKind = 'overlay' | 'copy'

/**
 * Creates a disk over the base tree: an overlay where the kernel supports it, else a copy. It lasts until its directory is
 * removed, so it survives reboots. Syncs are ignored (`volatile`): no test inspects a host after a power cut.
 */
export async function layDisk(base: string, directory: string, kind: DiskKind = 'overlay'): Promise<Disk> {
  const root = join(directory, 'root')
  const archives = join(directory, 'archives')
  const upper = join(directory, 'upper')
  const work = join(directory, 'work')
  for (const path of [root, upper, work, archives, join(archives, 'partial')]) {
    await mkdir(path, { recursive: true })
    // The mode of the host's `/` must not depend on the umask of the test run.
    await chmod(path, 0o755)
  }
  const options = `lowerdir=${base},upperdir=${upper},workdir=${work},volatile`
  const mount = ['mount', '-t', 'overlay', 'overlay', '-o', options, root]
  const isLaid = kind === 'overlay' && (await run(mount)).exitCode === 0
  if (!isLaid) await must(['cp', '-a', '--reflink=auto', `${base}/.`, root], { timeoutMs: 300_000 })
  return { root, archives }
}

/**
 * Creates a volume, a file system separate from the host's root, and mounts it; returns the mount point. The loop device is
 * removed with the mount.
 */
export async function layVolume(directory: string): Promise<string> {
  const image = join(directory, 'volume.img')
  const volume = join(directory, 'volume')
  await mkdir(volume)
  await must(['truncate', '--size', VOLUME_SIZE, image])
  await must(['mkfs.ext4', '-q', image])
  await must(['mount', '-o', 'loop', image, volume])
  return volume
}

/** Gives a host the packages fetched so far, without copying them. */
export async function stockArchives(cache: string, archives: string): Promise<void> {
  for (const name of await packagesIn(cache)) {
    await link(join(cache, name), join(archives, name)).catch(ignoreRace)
  }
}

/** Keeps the packages a host has fetched for later hosts. apt moves a package here only when it is complete and verified. */
export async function harvestArchives(archives: string, cache: string): Promise<void> {
  for (const name of await packagesIn(archives)) {
    await link(join(archives, name), join(cache, name)).catch(ignoreRace)
  }
}

/** Empties the package cache, whose content belongs to outdated lists. */
export async function emptyArchives(cache: string): Promise<void> {
  for (const name of await readdir(cache)) await rm(join(cache, name), { force: true })
}

async function packagesIn(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory).catch(() => [])
  return names.filter(name => name.endsWith('.deb'))
}

/** Ignores that another lab added or removed the file after the directory was listed. */
function ignoreRace(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST' && error.code !== 'ENOENT') throw error
}
