import { chmod, link, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { must, run } from './program.ts'

/** What a host is made of on the outside; all of it lives and goes with one directory. */
export interface Disk {
  /** The file system of the host. */
  readonly root: string
  /** Its apt archives: a directory of its own, since apt locks it and two hosts install at once. */
  readonly archives: string
}

/** The file is sparse: it takes what is written to it. */
const VOLUME_SIZE = '2G'

export type DiskKind = 'overlay' | 'copy'

/**
 * Lays a disk over the base tree: an overlay where the kernel can, else a copy. It stays until its directory goes,
 * so it outlives reboots. Syncs are not honoured (`volatile`): a test host is never looked at after a power cut.
 */
export async function layDisk(base: string, directory: string, kind: DiskKind = 'overlay'): Promise<Disk> {
  const root = join(directory, 'root')
  const archives = join(directory, 'archives')
  const upper = join(directory, 'upper')
  const work = join(directory, 'work')
  for (const path of [root, upper, work, archives, join(archives, 'partial')]) {
    await mkdir(path, { recursive: true })
    // The mode of the host's own `/` must not hang on the umask of who runs the tests.
    await chmod(path, 0o755)
  }
  const options = `lowerdir=${base},upperdir=${upper},workdir=${work},volatile`
  const mount = ['mount', '-t', 'overlay', 'overlay', '-o', options, root]
  const isLaid = kind === 'overlay' && (await run(mount)).exitCode === 0
  if (!isLaid) await must(['cp', '-a', '--reflink=auto', `${base}/.`, root], { timeoutMs: 300_000 })
  return { root, archives }
}

/**
 * Makes a volume, a file system that is no part of the host's root, and mounts it; gives the mount point. The loop device
 * goes with the mount.
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

/** Keeps what a host has fetched for the hosts to come. apt moves a package here only when it is whole and checked. */
export async function harvestArchives(archives: string, cache: string): Promise<void> {
  for (const name of await packagesIn(archives)) {
    await link(join(archives, name), join(cache, name)).catch(ignoreRace)
  }
}

/** Empties the cache of packages: what is in it belongs to lists that are gone. */
export async function emptyArchives(cache: string): Promise<void> {
  for (const name of await readdir(cache)) await rm(join(cache, name), { force: true })
}

async function packagesIn(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory).catch(() => [])
  return names.filter(name => name.endsWith('.deb'))
}

/** Another lab has put it there, or thrown it away, since the look at the directory. */
function ignoreRace(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST' && error.code !== 'ENOENT') throw error
}
