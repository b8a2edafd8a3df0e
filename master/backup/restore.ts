import { createReadStream } from 'node:fs'
import { chmod, mkdir, mkdtemp, open as openFile, readdir, rename, rm, rmdir, symlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { createGunzip } from 'node:zlib'
import { AppError } from '../../protocol/errors.ts'
import { openToLook } from '../../protocol/trusted-directory.ts'
import { type Manifest, type Packed, type Root, unpack } from './archive.ts'
import { open, unreadable } from './seal.ts'

/** A backup that was read to its end: all of it is authentic. */
export interface CheckedBackup {
  readonly manifest: Manifest
  /** The settings of the master that was backed up. */
  readonly settings: string | undefined
}

const LARGEST_SETTINGS = 1024 * 1024

/** Reads the whole file and writes nothing. BACKUP_UNREADABLE. */
export async function checkBackup(file: string, passphrase: string): Promise<CheckedBackup> {
  const { manifest, entries } = await read(file, passphrase)
  let settings: string | undefined
  for await (const { entry, content } of entries) {
    const keep = entry.kind === 'file' && entry.root === 'settings' && entry.size <= LARGEST_SETTINGS
    const parts: Uint8Array[] = []
    for await (const chunk of content) if (keep) parts.push(chunk)
    if (keep) settings = Buffer.concat(parts).toString('utf8')
  }
  return { manifest, settings }
}

export interface RestoreWish {
  readonly file: string
  readonly passphrase: string
  readonly state: string
  readonly fleet: string
  /** Put what is there aside instead of refusing. */
  readonly replace: boolean
  readonly now: number
  /** Finishes the state directory before it is put in place. */
  readonly finish: (state: string, manifest: Manifest) => void
}

/** Directories that were put aside. */
export interface Restored {
  readonly aside: readonly string[]
}

/**
 * Makes state and fleet directory what they were. Each is laid out beside its place and renamed, so that neither is ever
 * half there. RESTORE_REFUSED when one holds something already; then nothing was changed.
 */
export async function restoreBackup(wish: RestoreWish): Promise<Restored> {
  const places = { state: wish.state, fleet: wish.fleet }
  if (!wish.replace) await Promise.all(Object.values(places).map(refuseFull))
  const made: string[] = []
  try {
    const beside = async (target: string): Promise<string> => {
      await mkdir(dirname(target), { recursive: true })
      const directory = await mkdtemp(join(dirname(target), `.${basename(target)}.restore-`))
      made.push(directory)
      return directory
    }
    const fresh = { state: await beside(places.state), fleet: await beside(places.fleet) }
    const { manifest, entries } = await read(wish.file, wish.passphrase)
    for await (const packed of entries) await lay(fresh, packed)
    await chmod(fresh.fleet, manifest.fleetMode)
    wish.finish(fresh.state, manifest)
    return { aside: await putInPlace(fresh, places, wish.now) }
  } catch (thrown) {
    for (const directory of made) await rm(directory, { recursive: true, force: true })
    throw explained(thrown)
  }
}

/** Both directories or none; gives where the old ones went. */
async function putInPlace(
  fresh: { readonly state: string; readonly fleet: string },
  places: { readonly state: string; readonly fleet: string },
  now: number,
): Promise<readonly string[]> {
  const aside: string[] = []
  const undo: (() => Promise<void>)[] = []
  try {
    for (const root of ['fleet', 'state'] as const) {
      const [from, to] = [fresh[root], places[root]]
      const old = await clear(to, now)
      if (old !== undefined) {
        aside.push(old)
        undo.unshift(() => rename(old, to))
      }
      await rename(from, to)
      undo.unshift(() => rename(to, from))
    }
    return aside
  } catch (thrown) {
    for (const step of undo) await step()
    throw thrown
  }
}

/** What the system refused is no bug of ours. */
function explained(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || thrown instanceof AppError || !('syscall' in thrown)) return thrown
  return new AppError(
    {
      code: 'RESTORE_REFUSED',
      message: `the backup could not be put in place: ${thrown.message}; nothing was changed`,
      hint: 'Use root, and directories that are no mount points of their own.',
    },
    { cause: thrown },
  )
}

async function lay(fresh: { readonly [root in Root]?: string }, { entry, content }: Packed): Promise<void> {
  const directory = fresh[entry.root]
  if (directory === undefined) {
    for await (const _ of content) continue
    return
  }
  const path = join(directory, entry.path)
  switch (entry.kind) {
    case 'directory':
      await mkdir(path, { mode: entry.mode })
      return await chmod(path, entry.mode)
    case 'link':
      return await symlink(entry.to, path)
    case 'file': {
      // Exclusive: a link that an earlier entry made leads nowhere.
      const file = await openFile(path, 'wx', 0o600)
      try {
        for await (const chunk of content) await file.writeFile(chunk)
        await file.chmod(entry.mode)
        await file.sync()
      } finally {
        await file.close()
      }
    }
  }
}

async function read(file: string, passphrase: string): Promise<Awaited<ReturnType<typeof unpack>>> {
  const handle = await openToLook(file).catch((cause: NodeJS.ErrnoException) => {
    if (cause instanceof AppError) throw cause
    throw unreadable(`\`${file}\` cannot be read: ${cause.message}`, cause)
  })
  return await unpack(inflated(open(createReadStream('', { fd: handle }), passphrase)))
}

/** Gunzips; a fault of the sealed stream comes out as itself. */
async function* inflated(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip()
  const feeding = (async () => {
    try {
      for await (const chunk of packed) {
        if (!gunzip.write(chunk)) await new Promise(resolve => gunzip.once('drain', resolve))
      }
      gunzip.end()
    } catch (thrown) {
      gunzip.destroy(thrown instanceof Error ? thrown : new Error(String(thrown)))
    }
  })()
  try {
    yield* gunzip as AsyncIterable<Uint8Array>
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown
    throw unreadable('it does not hold what a backup holds', thrown)
  }
  await feeding
}

async function refuseFull(directory: string): Promise<void> {
  const [first] = await namesIn(directory)
  if (first === undefined) return
  throw new AppError({
    code: 'RESTORE_REFUSED',
    message: `\`${directory}\` must be new or empty, but it holds \`${first}\``,
    hint: 'Add `--replace` to put it aside, or name other directories with `--state` and `--fleet`.',
  })
}

/** Makes room for a directory; gives where the old one went when it held something. */
async function clear(directory: string, now: number): Promise<string | undefined> {
  const names = await namesIn(directory)
  if (names.length === 0) {
    await rmdir(directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
    })
    return undefined
  }
  const aside = `${directory}.before-${new Date(now).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}`
  await rename(directory, aside)
  return aside
}

async function namesIn(directory: string): Promise<readonly string[]> {
  return readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
}
