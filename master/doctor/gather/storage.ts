import { lstat, readdir, stat, statfs } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { MIGRATIONS } from '../../store/migrations/index.ts'
import type { Fact } from '../check.ts'
import type { InstallationFacts } from '../installation.ts'
import type { DiskFacts, PartFact, StoreFacts } from '../storage.ts'
import { bounded, runProgram } from './bounded.ts'

const DISK_MS = 4000
/** SQLite reads the whole file: as much as a large store needs on a disk of today. */
const STORE_MS = 10_000

export function diskFacts(directory: string): Promise<Fact<DiskFacts>> {
  return bounded(DISK_MS, async () => {
    const { bsize, blocks, bavail, files, ffree } = await statfs(directory)
    return { directory, bytes: blocks * bsize, freeBytes: bavail * bsize, inodes: files, freeInodes: ffree }
  })
}

/** Measures the entries of the state directory. */
export function partFacts(directory: string): Promise<Fact<readonly PartFact[]>> {
  return bounded(DISK_MS, async signal => {
    const names = await readdir(directory)
    return Promise.all(names.map(async name => ({ name, bytes: await bytesBelow(join(directory, name), signal) })))
  })
}

async function bytesBelow(path: string, signal: AbortSignal): Promise<number> {
  signal.throwIfAborted()
  const found = await lstat(path).catch(() => undefined)
  if (found === undefined) return 0
  if (!found.isDirectory()) return found.blocks * 512
  let bytes = 0
  for (const name of await readdir(path).catch(() => [])) bytes += await bytesBelow(join(path, name), signal)
  return bytes
}

/** Source text, because a bundle has no file for it. Without a path it only loads the module. */
const PROGRAM = `const [library, path, pragma] = process.argv.slice(1)
const Sqlite = require(library)
const sqlite = new Sqlite(path ?? ':memory:', { readonly: path !== undefined, timeout: 2000 })
if (path !== undefined) process.stdout.write(JSON.stringify(sqlite.pragma(pragma)))
sqlite.close()`

/** Loads each native module, in a process of its own that may crash. */
export async function moduleFacts(): Promise<InstallationFacts['modules']> {
  const loaded = await bounded(DISK_MS, signal => sqlite([], signal))
  return [{ name: LIBRARY, ...('unknown' in loaded ? { error: loaded.unknown } : {}) }]
}

/** Checks the database in a process of its own, which is killed when it takes too long. A running master continues. */
export function storeFacts(directory: string): Promise<Fact<StoreFacts>> {
  const path = join(directory, 'saltern.db')
  return bounded(STORE_MS + DISK_MS, async () => {
    await stat(directory)
    const [database, wal] = await Promise.all([path, `${path}-wal`].map(file => stat(file).catch(noneIfGone)))
    const rest = { newestSchema: MIGRATIONS.length, walBytes: wal?.size ?? 0 }
    if (database === undefined) return { ...rest, faults: { value: [`there is no ${path}`] } }
    const version = await bounded(DISK_MS, signal => sqlite([path, 'user_version'], signal))
    if ('unknown' in version) {
      if (DAMAGED.test(version.unknown)) return { ...rest, faults: { value: [version.unknown] } }
      throw new Error(version.unknown)
    }
    const [row] = JSON.parse(version.value) as readonly { readonly user_version: number }[]
    const faults = await bounded(STORE_MS, async signal => {
      const rows = JSON.parse(await sqlite([path, 'quick_check(5)'], signal)) as readonly {
        readonly quick_check: string
      }[]
      return rows.map(({ quick_check: fault }) => fault).filter(fault => fault !== 'ok')
    })
    return { ...rest, schema: row?.user_version ?? 0, faults }
  })
}

/** The messages of SQLITE_NOTADB and SQLITE_CORRUPT. */
const DAMAGED = /not a database|malformed/

function noneIfGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

const LIBRARY = 'better-sqlite3'

async function sqlite(words: readonly string[], signal: AbortSignal): Promise<string> {
  const library = createRequire(import.meta.url).resolve(LIBRARY)
  const { code, out, err } = await runProgram([process.execPath, '-e', PROGRAM, library, ...words], signal)
  if (code === 0) return out
  throw new Error(/^\w*Error: (.*)/m.exec(err)?.[1] ?? `exit code ${code}`)
}
