import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { removeCgroup } from './cgroup.ts'
import { harvestArchives } from './disk.ts'
import { LabError } from './lab-error.ts'
import { mountsBelow, removeDirectory } from './mounts.ts'
import { removeBridge } from './network.ts'
import { isAlive, type Owner, ownProcess } from './owner.ts'

/*
 * A lab is one directory `CACHE/labs/ID`; everything else it has on the machine is named after that id. The directory is
 * therefore enough to remove all of it: for the lab itself, its reaper, or a later lab.
 */

/** The format of a lab id. Nothing else may ever be removed as a lab. */
const LAB_ID = /^[0-9a-f]{6}$/

/** Returns the name of a lab's bridge (at most 15 characters). */
export function bridgeOf(labDirectory: string): string {
  return `sl-${basename(labDirectory)}`
}

/** Returns the cgroup that holds all processes of a lab. */
export function cgroupOf(labDirectory: string): string {
  return `saltern-lab-${basename(labDirectory)}`
}

/** Creates the directory of a new lab and records its owner. */
export async function recordLab(labDirectory: string): Promise<void> {
  const owner = await ownProcess()
  await mkdir(labDirectory, { recursive: true, mode: 0o755 })
  const candidate = join(labDirectory, '.owner.json')
  await writeFile(candidate, JSON.stringify(owner))
  await rename(candidate, join(labDirectory, 'owner.json'))
}

/** Removes everything that a lab has on the machine: processes, mounts, bridge, cgroups, files. Can be called again. */
export async function removeLab(labDirectory: string): Promise<void> {
  if (!LAB_ID.test(basename(labDirectory))) throw new LabError(`not the directory of a lab: "${labDirectory}"`)
  await removeCgroup(cgroupOf(labDirectory))
  await removeBridge(bridgeOf(labDirectory))
  const hosts = join(labDirectory, 'hosts')
  const cache = join(dirname(dirname(labDirectory)), 'archives')
  for (const name of await readdir(hosts).catch(() => [])) {
    await harvestArchives(join(hosts, name, 'archives'), cache).catch(() => undefined)
    await removeNspawnLock(join(hosts, name, 'root'))
  }
  await removeDirectory(labDirectory)
  await removeRuntimeFiles(basename(labDirectory))
}

/** Removes labs whose owner has died. Call it under the lock of all labs. Returns their directories. */
export async function sweepDeadLabs(labsDirectory: string): Promise<readonly string[]> {
  const swept: string[] = []
  const ids = await readdir(labsDirectory).catch(() => [])
  for (const id of ids.filter(name => LAB_ID.test(name))) {
    const directory = join(labsDirectory, id)
    const text = await readFile(join(directory, 'owner.json'), 'utf8').catch(() => undefined)
    if (text !== undefined && (await isAlive(JSON.parse(text) as Owner))) continue
    await removeLab(directory)
    swept.push(directory)
  }
  return swept
}

/** Describes what is left of a lab; empty when it is gone. */
export async function remainsOf(labDirectory: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const pid of (await readdir('/proc')).filter(name => /^\d+$/.test(name))) {
    const cgroup = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '')
    const argv = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    // A zombie, which init has not reaped yet, has no argv.
    if (argv !== '' && (cgroup.includes(cgroupOf(labDirectory)) || argv.includes(labDirectory))) {
      found.push(`process ${pid} ${argv.replaceAll('\0', ' ')}`)
    }
  }
  found.push(...(await mountsBelow(labDirectory)).map(point => `mount ${point}`))
  const places: readonly (readonly [string, string])[] = [
    ['/sys/class/net', bridgeOf(labDirectory)],
    ['/sys/fs/cgroup', cgroupOf(labDirectory)],
    ['/sys/fs/cgroup/unified', cgroupOf(labDirectory)],
    ['/sys/fs/cgroup/systemd', cgroupOf(labDirectory)],
    [dirname(labDirectory), basename(labDirectory)],
  ]
  for (const [directory, name] of places) {
    const names: readonly string[] = await readdir(directory).catch(() => [])
    if (names.includes(name)) found.push(join(directory, name))
  }
  return found
}

/** Removes files that a killed nspawn leaves behind. */
async function removeRuntimeFiles(id: string): Promise<void> {
  for (const directory of ['/run/systemd/nspawn/propagate', '/run/systemd/nspawn/unix-export']) {
    const names = await readdir(directory).catch(() => [])
    for (const name of names.filter(each => each.startsWith(`sl-${id}-`))) {
      await rm(join(directory, name), { recursive: true, force: true })
    }
  }
}

/** Removes the lock of a tree, which nspawn names after device and inode and leaves behind when killed. */
async function removeNspawnLock(root: string): Promise<void> {
  const tree = await stat(root).catch(() => undefined)
  if (tree !== undefined) await rm(`/run/systemd/nspawn/locks/inode-${tree.dev}:${tree.ino}`, { force: true })
}
