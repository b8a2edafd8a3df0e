import { createHash } from 'node:crypto'
import { mkdir, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { inCgroup } from './cgroup.ts'
import { harvestArchives, layDisk } from './disk.ts'
import { withLock } from './file-lock.ts'
import { removeDirectory } from './mounts.ts'
import { must } from './program.ts'

export interface FetchDeps {
  readonly cacheDir: string
  readonly base: string
  readonly workDirectory: string
  readonly cgroup: string
  readonly proxy: string
  readonly log: (line: string) => void
}

/** Fetches packages and their dependencies into the cache, once for each base tree: hosts then install without the network. */
export async function fetchPackages(deps: FetchDeps, packages: readonly string[]): Promise<void> {
  if (packages.length === 0) return
  const { cacheDir, base, workDirectory, cgroup, proxy, log } = deps
  const archives = join(cacheDir, 'archives')
  const wanted = JSON.stringify([basename(base), packages.toSorted()])
  const mark = join(archives, `.fetched-${createHash('sha256').update(wanted).digest('hex').slice(0, 12)}`)
  const isFetched = (): Promise<boolean> =>
    stat(mark).then(
      () => true,
      () => false,
    )
  if (await isFetched()) return
  const onWait = (): void => log('waiting for another lab that fetches packages')
  await withLock(join(cacheDir, 'archives.lock'), 600, onWait, async () => {
    if (await isFetched()) return
    log(`fetching packages, once: ${packages.join(' ')}`)
    const directory = join(workDirectory, 'fetch')
    await mkdir(directory)
    const { root } = await layDisk(base, directory)
    const options = ['-o', `Acquire::http::Proxy=${proxy}`, '-y', '--no-install-recommends', '--download-only']
    const fetch = ['chroot', root, 'apt-get', ...options, 'install', ...packages]
    await must(await inCgroup(`${cgroup}/fetch`, fetch), { timeoutMs: 600_000 })
    await harvest(root, directory, archives)
    await writeFile(mark, '')
    await removeDirectory(directory)
  })
}

/** Takes packages from the plain directory below the overlay, because hard links cannot cross from an overlay to the cache. */
async function harvest(root: string, directory: string, archives: string): Promise<void> {
  await harvestArchives(join(directory, 'upper', 'var/cache/apt/archives'), archives)
  await harvestArchives(join(root, 'var/cache/apt/archives'), archives).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EXDEV') throw error
  })
}
