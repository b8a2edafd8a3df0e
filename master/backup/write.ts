import { type FileHandle, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { isDiskFull, roomHint } from '../../protocol/disk-room.ts'
import { AppError } from '../../protocol/errors.ts'
import { replaceTrusted } from '../../protocol/trusted-directory.ts'
import { encrypt } from './age.ts'
import { type Manifest, MOST_ENTRIES, MOST_LINKS } from './entry.ts'
import { isOfSystem } from './faults.ts'
import { contents, type Gathered, gather } from './gather.ts'
import { pack } from './tar.ts'

const WORK = '.backup-'
const STALE_MS = 24 * 3600 * 1000

export interface BackupWish {
  /** Output file, with mode 0600; written completely or not at all. */
  readonly file: string
  readonly passphrase: string
  readonly state: string
  readonly fleet: string
  /** The master's settings file, if it has one; can be missing. */
  readonly settings: string | undefined
  readonly fleetId: string
  readonly version: string
  readonly now: number
  /** Makes a consistent copy of the database, even under a running master, and counts its contents. */
  readonly copyStore: (target: string) => { readonly events: number; readonly jobs: number; readonly minions: number }
}

export interface BackupMade {
  readonly file: string
  readonly bytes: number
  readonly manifest: Manifest
}

/** Encrypts the identity, pillar keys, store and fleet of a master into one file. */
export async function writeBackup(wish: BackupWish): Promise<BackupMade> {
  const { file, state, fleet, settings, version, now } = wish
  // Next to the store, in a private directory.
  const work = await workDirectory(state, now)
  try {
    const copy = join(work, 'saltern.db')
    const counts = wish.copyStore(copy)
    const database: Gathered = {
      entry: { kind: 'file', root: 'state', path: 'saltern.db', mode: 0o600, size: (await stat(copy)).size },
      from: copy,
    }
    const ofState = await gather(state, 'state')
    const ofFleet = await gather(fleet, 'fleet')
    const manifest: Manifest = {
      format: 2,
      madeAt: new Date(now).toISOString(),
      version,
      fleet: wish.fleetId,
      ...counts,
      keys: ofState.filter(({ entry }) => entry.path.endsWith('.key')).length,
      files: ofFleet.filter(({ entry }) => entry.kind === 'file').length,
      fleetMode: (await stat(fleet)).mode & 0o777,
    }
    const all = [...(await settingsEntry(settings)), ...ofState, database, ...ofFleet]
    refuseTooMany(all, { state, fleet })
    const bytes = await writeWhole(file, async handle => {
      const clear = Readable.from(pack(manifest, contents(all)), { objectMode: false })
      const gzip = createGzip()
      await pipeline(
        clear,
        gzip,
        source => encrypt(source, wish.passphrase),
        async sealed => {
          for await (const piece of sealed) await handle.writeFile(piece)
        },
      )
    })
    return { file, bytes, manifest }
  } catch (thrown) {
    throw explained(thrown, file)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Creates a work directory; removes what a killed backup left behind a day ago or earlier. */
async function workDirectory(state: string, now: number): Promise<string> {
  for (const name of await readdir(state)) {
    const path = join(state, name)
    if (name.startsWith(WORK) && (await stat(path)).mtimeMs < now - STALE_MS) {
      await rm(path, { recursive: true, force: true })
    }
  }
  return await mkdtemp(join(state, WORK))
}

async function settingsEntry(path: string | undefined): Promise<readonly Gathered[]> {
  if (path === undefined) return []
  const status = await stat(path).catch(() => undefined)
  if (status === undefined) return []
  const mode = status.mode & 0o777
  return [{ entry: { kind: 'file', root: 'settings', path: 'master.yml', mode, size: status.size }, from: path }]
}

/** Refuses to write a backup that `master restore` would refuse. */
function refuseTooMany(all: readonly Gathered[], { state, fleet }: Pick<BackupWish, 'state' | 'fleet'>): void {
  const links = all.filter(({ entry }) => entry.kind === 'link').length
  if (all.length <= MOST_ENTRIES && links <= MOST_LINKS) return
  throw new AppError({
    code: 'BACKUP_FAILED',
    message: `a backup can have at most ${MOST_ENTRIES} files and ${MOST_LINKS} symbolic links, found ${all.length} and ${links}`,
    hint: `Move files that do not belong to the master out of \`${state}\` and \`${fleet}\`.`,
  })
}

/** Writes the file completely or not at all, with mode 0600 from the start. Returns its size. Throws PATH_UNSAFE. */
function writeWhole(file: string, write: (handle: FileHandle) => Promise<void>): Promise<number> {
  return replaceTrusted(file, 0o600, async handle => {
    await write(handle)
    return (await handle.stat()).size
  })
}

/** An error of the operating system is not a bug of ours. */
function explained(thrown: unknown, file: string): unknown {
  if (thrown instanceof AppError || !isOfSystem(thrown)) return thrown
  const isFull = isDiskFull(thrown)
  return new AppError(
    {
      code: 'BACKUP_FAILED',
      message: `the backup \`${file}\` could not be made: ${thrown.message}`,
      hint: isFull
        ? `${roomHint(dirname(file))} The store is copied in the state directory first.`
        : 'Choose a file in a directory that you can write, and use the account that runs the master.',
    },
    { cause: thrown },
  )
}
