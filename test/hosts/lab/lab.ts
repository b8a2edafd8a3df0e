import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { type BaseTree, obtainBaseTree, readRecipe } from './base-tree.ts'
import { removeCgroup } from './cgroup.ts'
import { withLock } from './file-lock.ts'
import { type HostOptions, type LabHost, makeHost } from './host.ts'
import { raiseKernelLimits } from './kernel-limits.ts'
import { LabError } from './lab-error.ts'
import { type LabNetwork, makeNetwork } from './network.ts'
import { fetchPackages } from './packages.ts'
import { startProxy } from './proxy.ts'
import { startReaper } from './reaper.ts'
import { bridgeOf, cgroupOf, recordLab, removeLab, sweepDeadLabs } from './remains.ts'
import { missingTools } from './tools.ts'

/** Two labs that searched for a free subnet at once would find the same one, even with different caches. */
const MACHINE_LOCK = '/run/lock/saltern-lab.lock'

export interface LabOptions {
  /** Keeps base trees and packages between labs; default `defaultCacheDir()`. */
  readonly cacheDir?: string
  /** Called for every step that takes longer than a moment. */
  readonly log?: (line: string) => void
  /** Debian packages that hosts will install, prefetched so that an install does not wait for the network. */
  readonly packages?: readonly string[]
  /** The same for packages that conflict with some of those: no host has both, and apt fetches them separately. */
  readonly otherPackages?: readonly string[]
  /** Visible to hosts, read-only, at /opt/saltern; by default they see nothing of the project. */
  readonly checkout?: string
  /** The Node that hosts find as `node`; by default they have none. */
  readonly nodeBinary?: string
  /** Hosts see a single cgroup hierarchy, as on a real Debian 12; libvirt starts no guest without it. */
  readonly unifiedCgroups?: boolean
}

/** Real Debian hosts on a network of their own. */
export interface Lab {
  /** Six hex digits, part of the name of everything that this lab creates on the machine. */
  readonly id: string
  readonly directory: string
  readonly network: LabNetwork
  /** Creates and boots a host. Several can be requested at once. */
  host(options: HostOptions): Promise<LabHost>
  /** Removes all hosts and everything else of this lab. Can be called at any time, also repeatedly. */
  close(): Promise<void>
}

/** `$SALTERN_CACHE`, else a directory of the user's own cache. */
export function defaultCacheDir(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return env['SALTERN_CACHE'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'saltern')
}

/**
 * Opens a lab, after removing the remains of dead labs. Needs root and the programs of `missingTools`. The caller closes it,
 * also on SIGINT and SIGTERM; if the caller dies, a reaper does.
 */
export async function openLab(options: LabOptions = {}): Promise<Lab> {
  assertPossible()
  const { log = () => undefined, packages = [], otherPackages = [] } = options
  const cacheDir = resolve(options.cacheDir ?? defaultCacheDir())
  const labs = join(cacheDir, 'labs')
  for (const directory of [labs, join(cacheDir, 'archives'), join(cacheDir, 'logs')]) {
    await mkdir(directory, { recursive: true })
  }
  await raiseKernelLimits()
  const id = randomBytes(3).toString('hex')
  const directory = join(labs, id)
  const cgroup = cgroupOf(directory)
  const reaper = startReaper(directory, join(cacheDir, 'logs', 'reaper.log'))
  let base: BaseTree | undefined
  let isClosed = false
  const pending = new Set<Promise<unknown>>()

  const closeOnce = async (): Promise<void> => {
    // First end what runs, so that nothing waits for it any longer.
    await removeCgroup(cgroup)
    await Promise.allSettled(pending)
    await removeLab(directory)
    await base?.release()
    await reaper.dismiss()
  }
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    isClosed = true
    closing ??= closeOnce()
    return closing
  }

  try {
    const onWait = (): void => log('waiting for another lab that is being opened')
    const network = await withLock(MACHINE_LOCK, 120, onWait, async () => {
      for (const dead of await sweepDeadLabs(labs)) log(`removed what was left of a lab that died: ${dead}`)
      await recordLab(directory)
      return makeNetwork(bridgeOf(directory))
    })
    const recipe = await readRecipe()
    const proxy = await startProxy(
      directory,
      cgroup,
      network,
      recipe.sources.map(source => source.uri),
    )
    const shared = { cacheDir, workDirectory: directory, cgroup, proxy, log }
    base = await obtainBaseTree(shared, recipe)
    const { path } = base
    await fetchPackages({ ...shared, base: path }, packages)
    await fetchPackages({ ...shared, base: path }, otherPackages)

    const names = new Set<string>()
    const boot = async (hostOptions: HostOptions): Promise<LabHost> => {
      const { name } = hostOptions
      const assertOpen = (): void => {
        if (isClosed) throw new LabError(`the lab is closed; ${name} cannot start`)
      }
      assertOpen()
      if (!/^[a-z][a-z0-9-]{0,30}$/.test(name))
        throw new LabError(`expected a host name of a-z, 0-9 and -, found "${name}"`)
      if (names.has(name)) throw new LabError(`there is a host ${name} in this lab already`)
      const address = hostOptions.address ?? network.addressOf(names.size)
      names.add(name)
      const deps = {
        directory: join(directory, 'hosts', name),
        cgroup: `${cgroup}/${name}`,
        base: path,
        archivesCache: join(cacheDir, 'archives'),
        bridge: network.bridge,
        machine: `sl-${id}-${name}`,
        proxy,
        checkout: options.checkout,
        nodeBinary: options.nodeBinary,
        unifiedCgroups: options.unifiedCgroups ?? false,
        assertOpen,
      }
      const host = await makeHost(deps, hostOptions, address)
      const state = await host.start()
      if (state === 'running') return host
      const failed = await host.exec(['systemctl', 'list-units', '--failed', '--no-legend'])
      throw new LabError(`${name} booted, but units failed:\n${failed.stdout}`)
    }
    const host = (hostOptions: HostOptions): Promise<LabHost> => {
      const booting = boot(hostOptions)
      pending.add(booting)
      const forget = (): boolean => pending.delete(booting)
      booting.then(forget, forget)
      return booting
    }
    return { id, directory, network, host, close }
  } catch (error) {
    await close()
    throw error
  }
}

function assertPossible(): void {
  if (process.getuid?.() !== 0) throw new LabError('real hosts need root; run it with sudo')
  const { packages, command } = missingTools()
  if (packages.length > 0) throw new LabError(`some programs are not installed; install them: ${command}`)
}
