import { chmod, mkdir, mkdtemp, open, readdir, rename, rm, rmdir, symlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { isDiskFull, roomHint } from '../../protocol/disk-room.ts'
import { syncDirectory } from '../../protocol/durable-file.ts'
import { AppError } from '../../protocol/errors.ts'
import { safe } from '../../protocol/safe-text.ts'
import type { Entry, Manifest, Packed, Root } from './entry.ts'
import { isOfSystem, unreadable } from './faults.ts'
import { readBackup } from './read.ts'
import { type Needs, refuseNoRoom } from './room.ts'

/** A backup that was read to its end, so all of it is authentic. */
export interface CheckedBackup {
  readonly manifest: Manifest
  /** Settings of the master that was backed up. */
  readonly settings: string | undefined
  /** Total size of all files, by directory, in bytes. */
  readonly needs: Needs
}

const LARGEST_SETTINGS = 1024 * 1024

/** Reads the whole file and writes nothing. Throws BACKUP_UNREADABLE. */
export async function checkBackup(file: string, passphrase: string): Promise<CheckedBackup> {
  const { manifest, entries } = await readBackup(file, passphrase)
  let settings: string | undefined
  const needs = { state: 0, fleet: 0, settings: 0 }
  for await (const { entry, content } of entries) {
    if (entry.kind === 'file') needs[entry.root] += entry.size
    const keep = entry.kind === 'file' && entry.root === 'settings' && entry.size <= LARGEST_SETTINGS
    const parts: Uint8Array[] = []
    for await (const chunk of content) if (keep) parts.push(chunk)
    if (keep) settings = Buffer.concat(parts).toString('utf8')
  }
  return { manifest, settings, needs }
}

export interface RestoreWish {
  readonly file: string
  readonly passphrase: string
  /** The sizes from `checkBackup`. */
  readonly needs: Needs
  readonly state: string
  readonly fleet: string
  /** Moves existing directories aside instead of refusing. */
  readonly replace: boolean
  readonly now: number
  /** Completes the state directory before it is put in place. */
  readonly finish: (state: string, manifest: Manifest) => void
}

/** Directories that were moved aside. */
export interface Restored {
  readonly aside: readonly string[]
}

/**
 * Restores the state and fleet directories. Each is written next to its destination and renamed, so neither is ever half
 * complete. Throws RESTORE_REFUSED when one is not empty; then nothing was changed.
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
    await refuseNoRoom({ state: dirname(fresh.state), fleet: dirname(fresh.fleet) }, wish.needs)
    const { manifest, entries } = await readBackup(wish.file, wish.passphrase)
    for await (const packed of entries) await lay(fresh, packed)
    await chmod(fresh.fleet, manifest.fleetMode)
    wish.finish(fresh.state, manifest)
    return { aside: await putInPlace(fresh, places, wish.now) }
  } catch (thrown) {
    for (const directory of made) await rm(directory, { recursive: true, force: true })
    throw explained(thrown, wish.state)
  }
}

/** Replaces both directories or neither; returns where the old ones went. */
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
      await syncDirectory(dirname(to))
    }
    return aside
  } catch (thrown) {
    for (const step of undo) await step()
    throw thrown
  }
}

/** An error of the operating system is not a bug of ours. */
function explained(thrown: unknown, state: string): unknown {
  if (thrown instanceof AppError || !isOfSystem(thrown)) return thrown
  return new AppError(
    {
      code: 'RESTORE_REFUSED',
      message: `the backup could not be moved into place: ${thrown.message}; nothing was changed`,
      hint: isDiskFull(thrown)
        ? roomHint(dirname(state))
        : 'Run it as root, and use directories that are not mount points.',
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
  try {
    await layEntry(join(directory, entry.path), entry, content)
  } catch (thrown) {
    throw misplaced(thrown, `${entry.root}/${entry.path}`)
  }
}

/** Explains a conflict: the directory was created empty, so anything in the way came from the backup. */
function misplaced(thrown: unknown, name: string): unknown {
  if (!isOfSystem(thrown)) return thrown
  const shown = safe(name.slice(0, 200))
  if (thrown.code === 'EEXIST') return unreadable(`it contains \`${shown}\` twice`, thrown)
  if (thrown.code === 'ENOENT') return unreadable(`it contains \`${shown}\`, but not the directory of it`, thrown)
  return thrown
}

async function layEntry(path: string, entry: Entry, content: AsyncIterable<Uint8Array>): Promise<void> {
  switch (entry.kind) {
    case 'directory':
      await mkdir(path, { mode: entry.mode })
      return await chmod(path, entry.mode)
    case 'link':
      return await symlink(entry.to, path)
    case 'file': {
      // Exclusive, so that it never follows a link from an earlier entry.
      const file = await open(path, 'wx', 0o600)
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

async function refuseFull(directory: string): Promise<void> {
  const [first] = await namesIn(directory)
  if (first === undefined) return
  throw new AppError({
    code: 'RESTORE_REFUSED',
    message: `\`${directory}\` must be new or empty, but it contains \`${first}\``,
    hint: 'Add `--replace` to move it aside, or choose other directories with `--state` and `--fleet`.',
  })
}

/** Makes room for a directory; returns where the old one went, if it was not empty. */
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
