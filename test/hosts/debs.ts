import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Packages } from '../../scripts/package/build.ts'
import { type Compression, debName } from '../../scripts/package/deb.ts'
import type { Architecture } from '../../scripts/package/native.ts'
import { withLock } from './lab/file-lock.ts'
import { must } from './lab/program.ts'

const PROJECT = resolve(import.meta.dirname, '../..')
const ARCH: Architecture = process.arch === 'arm64' ? 'arm64' : 'amd64'
/** Everything a package is made of, besides Node and the npm packages in the lockfile. */
const SOURCES = [
  'protocol',
  'states',
  'minion',
  'master',
  'roles',
  'packaging',
  'docs',
  'scripts',
  'package.json',
  'package-lock.json',
]
const KEPT_HOURS = 6

export interface DebWish {
  readonly log?: (line: string) => void
  /** Default `0.0.1`. */
  readonly version?: string
  /** Default `quick`; releases use `small`. */
  readonly compression?: Compression
}

/** Builds both packages of this checkout with `npm run package`, unless the cache has them. */
export async function labDebs(
  cacheDir: string,
  { log = () => undefined, version = '0.0.1', compression = 'quick' }: DebWish = {},
): Promise<Packages> {
  const key = `${await hashOfSources()}-${version}-${compression}`
  const kept = join(cacheDir, 'debs')
  const directory = join(kept, key)
  await mkdir(kept, { recursive: true })
  const onWait = (): void => log('waiting for another lab that builds the packages')
  await withLock(join(cacheDir, 'debs.lock'), 600, onWait, async () => {
    if (await isThere(directory)) return utimes(directory, new Date(), new Date())
    log('building the packages')
    const fresh = join(kept, `new-${process.pid}`)
    await rm(fresh, { recursive: true, force: true })
    const options = ['--out', fresh, '--version', version, ...(compression === 'quick' ? ['--quick'] : [])]
    await must(['npm', 'run', '--silent', 'package', '--', ...options], {
      cwd: PROJECT,
      env: { ...process.env, SOURCE_DATE_EPOCH: '1760000000' },
      timeoutMs: 900_000,
    })
    await rename(fresh, directory)
    await prune(kept)
  })
  return {
    master: join(directory, debName('master', version, ARCH)),
    minion: join(directory, debName('minion', version, ARCH)),
  }
}

async function hashOfSources(): Promise<string> {
  const list = ['git', 'ls-files', '--cached', '--others', '--exclude-standard', '-z', '--', ...SOURCES]
  const paths = (await must(list, { cwd: PROJECT })).split('\0').filter(path => path !== '')
  const hash = createHash('sha256')
  for (const path of paths.sort()) {
    const bytes = await readFile(join(PROJECT, path)).catch(() => undefined)
    if (bytes !== undefined) hash.update(`${path}\0${bytes.length}\0`).update(bytes)
  }
  return hash.digest('hex').slice(0, 16)
}

/** Removes packages that were not used for a while: they are large, and each change of a source makes new ones. */
async function prune(kept: string): Promise<void> {
  for (const name of await readdir(kept)) {
    const path = join(kept, name)
    const { mtimeMs } = await stat(path)
    if (Date.now() - mtimeMs > KEPT_HOURS * 3_600_000) await rm(path, { recursive: true, force: true })
  }
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
