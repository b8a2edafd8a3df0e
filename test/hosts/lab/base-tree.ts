import { createHash } from 'node:crypto'
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type AptSource, readMachineSources, sourceLine } from './apt-sources.ts'
import { inCgroup } from './cgroup.ts'
import { emptyArchives } from './disk.ts'
import { type FileLock, lockFile, withLock } from './file-lock.ts'
import { LabError } from './lab-error.ts'
import { removeDirectory } from './mounts.ts'
import { must } from './program.ts'

/** The inputs of a base tree. A tree is rebuilt when any of them changes. */
export interface Recipe {
  readonly sources: readonly AptSource[]
  /** Settings of this machine that its mirror requires, as lines of apt.conf. */
  readonly aptSettings: readonly string[]
}

const INCLUDE = [
  'systemd',
  'systemd-sysv',
  'dbus',
  'iproute2',
  'ca-certificates',
  'procps',
  // Not named by any role, but dependencies of what roles install: unpacked once here instead of on every host.
  'distro-info-data',
  'libedit2',
  'libglib2.0-0',
  'libicu72',
  'libjansson4',
  'libnftables1',
  'libpopt0',
  'libsasl2-2',
  'libwrap0',
  'libxml2',
  'lsb-release',
  'media-types',
  'netbase',
  'perl',
  'python3',
  'python3-apt',
  'python3-dbus',
  'python3-distro-info',
  'ucf',
  'xz-utils',
].join(',')
/** A tree is rebuilt every week: older package lists name versions that the mirror no longer has. */
const WEEK_MS = 7 * 24 * 3600 * 1000
/** Files of every host, in addition to what Debian installs. */
const FILES: Readonly<Record<string, string>> = {
  'etc/dpkg/dpkg.cfg.d/lab': 'force-unsafe-io\n',
  // Keep only the cache of package lists (writes 37 MB less after each change of packages).
  'etc/apt/apt.conf.d/80lab': 'Acquire::Languages "none";\nAcquire::Retries "3";\nDir::Cache::pkgcache "";\n',
  // The lab assigns the address; a networkd started by a test must not remove it.
  'etc/systemd/network/80-container-host0.network': '',
}
/** Background tasks with timers of their own would make runs differ. */
const QUIET_UNITS = [
  'apt-daily.timer',
  'apt-daily-upgrade.timer',
  'e2scrub_all.timer',
  'fstrim.timer',
  'dpkg-db-backup.timer',
]

/** Reads the recipe of this machine with its own mirrors, so that no project file needs to name one. */
export async function readRecipe(): Promise<Recipe> {
  const sources = await readMachineSources()
  const dump = await must(['apt-config', 'dump'])
  const aptSettings = dump.split('\n').filter(line => /^Acquire::Check-(Valid-Until|Date) /.test(line))
  return { sources, aptSettings }
}

/** A base tree in use; it is not removed before its release. */
export interface BaseTree {
  readonly path: string
  release(): Promise<void>
}

export interface BaseTreeDeps {
  readonly cacheDir: string
  /**
   * A temporary directory on the same file system, removed with the lab: an interrupted build never leaves a partial tree in
   * the cache.
   */
  readonly workDirectory: string
  readonly cgroup: string
  readonly proxy: string
  readonly log: (line: string) => void
}

/** Obtains the base tree of a recipe. If there is none, one lab builds it while others wait. */
export async function obtainBaseTree(deps: BaseTreeDeps, recipe: Recipe): Promise<BaseTree> {
  const directory = join(deps.cacheDir, 'base')
  const ingredients = [INCLUDE, FILES, QUIET_UNITS, recipe, Math.floor(Date.now() / WEEK_MS)]
  const key = createHash('sha256').update(JSON.stringify(ingredients)).digest('hex').slice(0, 12)
  const path = join(directory, key)
  const lockPath = `${path}.lock`
  await mkdir(directory, { recursive: true })
  for (let attempt = 1; attempt <= 3; attempt++) {
    const inUse = await lockFile(lockPath, 'shared', 900)
    if (inUse === undefined)
      throw new LabError(`waited 900 s for the lock ${lockPath}; see who holds it: fuser -v ${lockPath}`)
    if (await exists(path)) return { path, release: () => inUse.release() }
    await inUse.release()
    const onWait = (): void => deps.log('waiting for another lab that builds the base tree')
    await withLock(lockPath, 900, onWait, async () => {
      if (await exists(path)) return
      await build(deps, recipe, path)
      await prune(directory, key)
      await emptyArchives(join(deps.cacheDir, 'archives'))
    })
  }
  throw new LabError(`built the base tree ${path} three times, and each time it was gone again`)
}

async function build(deps: BaseTreeDeps, recipe: Recipe, path: string): Promise<void> {
  const { workDirectory, cgroup, proxy, log } = deps
  const tree = join(workDirectory, 'base')
  const mirror = recipe.sources.find(source => source.suite === 'bookworm')?.uri ?? ''
  log(`building the base tree of Debian 12, once (about a minute) into ${path}`)
  const debootstrap = ['debootstrap', '--variant=minbase', `--include=${INCLUDE}`, 'bookworm', tree, mirror]
  await must(await inCgroup(`${cgroup}/build`, debootstrap), { timeoutMs: 900_000 })
  await writeFile(join(tree, 'etc/apt/sources.list'), recipe.sources.map(source => `${sourceLine(source)}\n`).join(''))
  for (const [name, text] of Object.entries(FILES)) {
    await mkdir(join(tree, name, '..'), { recursive: true })
    await writeFile(join(tree, name), text)
  }
  await writeFile(join(tree, 'etc/apt/apt.conf.d/81machine'), recipe.aptSettings.map(line => `${line}\n`).join(''))
  // debootstrap copies these from the machine; a shared machine-id would even give all hosts the same link addresses.
  for (const name of ['etc/resolv.conf', 'etc/machine-id', 'var/lib/dbus/machine-id']) {
    await rm(join(tree, name), { force: true })
  }
  for (const unit of QUIET_UNITS) await must(['chroot', tree, 'systemctl', 'mask', '--quiet', unit])
  const update = [
    'chroot',
    tree,
    'apt-get',
    '-o',
    `Acquire::http::Proxy=${proxy}`,
    '-o',
    'APT::Update::Error-Mode=any',
    'update',
  ]
  await must(await inCgroup(`${cgroup}/build`, update), { timeoutMs: 300_000 })
  await must(['chroot', tree, 'apt-get', 'clean'])
  // Parsed once here, so apt on every host starts with the lists in its cache.
  await must(['chroot', tree, 'apt-cache', 'gencaches'])
  await rename(tree, path)
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

/** Removes unused trees of other recipes and weeks. */
async function prune(directory: string, keep: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (name === keep || !/^[0-9a-f]{12}$/.test(name)) continue
    const lockPath = join(directory, `${name}.lock`)
    const lock: FileLock | undefined = await lockFile(lockPath, 'exclusive', 0)
    if (lock === undefined) continue
    await removeDirectory(join(directory, name))
    await rm(lockPath)
    await lock.release()
  }
}
