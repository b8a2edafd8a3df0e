import { createHash } from 'node:crypto'
import { constants, type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { BlobRef, FileOnDisk } from '../../protocol/catalog.ts'
import { writeDurable } from '../../protocol/durable-file.ts'
import { AppError } from '../../protocol/errors.ts'
import { isSha256, type Sha256 } from '../../protocol/ids.ts'
import type { Db } from './database.ts'

/** A large file that can be read at any offset. */
export interface OpenBlobFile {
  readonly size: number
  /** Reads at most `length` bytes at `offset`. */
  read(offset: number, length: number): Promise<Uint8Array>
  close(): Promise<void>
}

/** Large files of roles, in `<state>/blobs/<sha256>`; a database row marks a file as complete. */
export interface BlobFiles {
  /**
   * Copies a file into the store unless it is already there. Throws FILE_CHANGED when its content is different now, and
   * STORE_FULL.
   */
  add(file: FileOnDisk): Promise<void>
  ref(sha256: Sha256): BlobRef | undefined
  /** Records that a catalog references the file: it is kept while a run with that catalog is unfinished. */
  name(catalog: Sha256, sha256: Sha256): void
  /** Opens a file after checking it against its hash; a damaged file is removed. Undefined when it does not exist. */
  open(sha256: Sha256): Promise<OpenBlobFile | undefined>
  /** Removes files that no run needs and that were not added within the last day. Returns how many were removed. */
  collect(): Promise<number>
  /** Reads all files and yields those that are missing or damaged. */
  verify(): AsyncGenerator<BlobFault, number>
}

export interface BlobFault {
  readonly sha256: Sha256
  readonly path: string
  readonly fault: 'missing' | 'damaged'
}

interface Deps {
  readonly db: Db
  /** The state directory. */
  readonly directory: string
  /** Milliseconds since 1970. */
  readonly now: () => number
}

const KEPT_UNUSED_MS = 24 * 3600 * 1000
const READ_BYTES = 256 * 1024
const UNFINISHED = `('queued', 'sent', 'accepted', 'running')`

export function createBlobFiles({ db, directory, now }: Deps): BlobFiles {
  const root = join(directory, 'blobs')
  const pathOf = (sha256: Sha256): string => join(root, sha256)
  const ref = (sha256: Sha256): BlobRef | undefined => {
    const row = db.one<{ size: number }>('SELECT size FROM blob_files WHERE sha256 = ?', sha256)
    return row === undefined ? undefined : { sha256, size: row.size }
  }
  const forget = async (sha256: Sha256): Promise<void> => {
    checked.delete(sha256)
    db.run('DELETE FROM blob_files WHERE sha256 = ?', sha256)
    await rm(pathOf(sha256), { force: true })
  }
  /** Files that were checked against their hash and have not changed since. */
  const checked = new Map<Sha256, string>()
  const openChecked = async (sha256: Sha256): Promise<OpenBlobFile | undefined> => {
    const known = ref(sha256)
    if (known === undefined) return undefined
    const file = await unlessGone(open(pathOf(sha256), constants.O_RDONLY | constants.O_NOFOLLOW))
    if (file !== undefined) {
      const mark = await markOf(file)
      if (checked.get(sha256) === mark || (await hashOf(file)) === sha256) {
        checked.set(sha256, mark)
        return opened(file, known.size)
      }
      await file.close()
    }
    await forget(sha256)
    return undefined
  }
  /** Copies in progress by hash: two verbs that need the same file copy it once. */
  const adding = new Map<Sha256, Promise<void>>()
  const add = async (file: FileOnDisk): Promise<void> => {
    const { sha256, size } = file
    const there = await openChecked(sha256)
    await there?.close()
    if (there === undefined) checked.set(sha256, await copyInto(root, file))
    db.run(
      'INSERT INTO blob_files (sha256, size, used_ms) VALUES (?, ?, ?) ON CONFLICT (sha256) DO UPDATE SET used_ms = excluded.used_ms',
      sha256,
      size,
      now(),
    )
  }
  return {
    ref,
    async add(file) {
      const running = adding.get(file.sha256)
      const one = running ?? add(file).finally(() => adding.delete(file.sha256))
      adding.set(file.sha256, one)
      await one
    },
    name(catalog, sha256) {
      db.run('INSERT OR IGNORE INTO catalog_files (catalog, sha256) VALUES (?, ?)', catalog, sha256)
    },
    open: openChecked,
    async collect() {
      const isUnused = `used_ms < ? AND NOT EXISTS (
           SELECT 1 FROM catalog_files AS named JOIN runs ON runs.catalog = named.catalog
           WHERE named.sha256 = blob_files.sha256 AND runs.state IN ${UNFINISHED})`
      const before = now() - KEPT_UNUSED_MS
      const unused = db.all<{ sha256: Sha256 }>(`SELECT sha256 FROM blob_files WHERE ${isUnused}`, before)
      let removed = 0
      for (const { sha256 } of unused) {
        // While the file before was being removed, an apply may have started to use this one.
        if (db.one(`SELECT 1 FROM blob_files WHERE sha256 = ? AND ${isUnused}`, sha256, before) === undefined) continue
        db.run('DELETE FROM catalog_files WHERE sha256 = ?', sha256)
        await forget(sha256)
        removed += 1
      }
      for (const name of (await unlessGone(readdir(root))) ?? []) {
        // A file without a row: the master was killed while copying it, or is copying it now.
        if (isSha256(name) && ref(name) !== undefined) continue
        const status = await unlessGone(stat(join(root, name)))
        if (status === undefined || status.mtimeMs > now() - KEPT_UNUSED_MS) continue
        await rm(join(root, name), { force: true })
        removed += 1
      }
      return removed
    },
    async *verify() {
      const rows = db.all<{ sha256: Sha256; size: number }>('SELECT sha256, size FROM blob_files ORDER BY sha256')
      for (const { sha256 } of rows) {
        const path = pathOf(sha256)
        const file = await unlessGone(open(path, constants.O_RDONLY | constants.O_NOFOLLOW))
        if (file === undefined) {
          yield { sha256, path, fault: 'missing' }
          continue
        }
        try {
          if ((await hashOf(file)) !== sha256) yield { sha256, path, fault: 'damaged' }
        } finally {
          await file.close()
        }
      }
      return rows.length
    },
  }
}

/** Copies a file, hashing it while it is written: a file named by a hash always has that content. Returns its mark. */
async function copyInto(root: string, { path, sha256, size }: FileOnDisk): Promise<string> {
  await mkdir(root, { recursive: true, mode: 0o700 })
  let mark = ''
  try {
    const source = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW).catch(() => {
      throw changed(path)
    })
    try {
      const copy = async (candidate: FileHandle): Promise<void> => {
        const hash = createHash('sha256')
        let written = 0
        for await (const piece of piecesOf(source)) {
          written += piece.length
          if (written > size) throw changed(path)
          hash.update(piece)
          await candidate.writeFile(piece)
        }
        if (written !== size || hash.digest('hex') !== sha256) throw changed(path)
        mark = await markOf(candidate)
      }
      await writeDurable({ path: join(root, sha256), data: copy })
    } finally {
      await source.close()
    }
    return mark
  } catch (error) {
    throw explained(error)
  }
}

function opened(file: FileHandle, size: number): OpenBlobFile {
  return {
    size,
    async read(offset, length) {
      const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - offset)))
      const { bytesRead } = await file.read(buffer, 0, buffer.length, offset)
      return buffer.subarray(0, bytesRead)
    },
    close: () => file.close(),
  }
}

/** Returns a mark that changes with the content. It does not include the change time, which a rename changes too. */
async function markOf(file: FileHandle): Promise<string> {
  const { dev, ino, size, mtimeNs } = await file.stat({ bigint: true })
  return [dev, ino, size, mtimeNs].join(' ')
}

async function hashOf(file: FileHandle): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of piecesOf(file)) hash.update(piece)
  return hash.digest('hex')
}

/** Yields the whole file in pieces that share one buffer: use each before requesting the next. */
async function* piecesOf(file: FileHandle): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(READ_BYTES)
  for (let position = 0; ; ) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position)
    if (bytesRead === 0) return
    position += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

async function unlessGone<T>(looking: Promise<T>): Promise<T | undefined> {
  return looking.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
}

function changed(path: string): AppError {
  return new AppError({
    code: 'FILE_CHANGED',
    message: `\`${path}\` was changed or removed while it was being applied`,
    hint: 'Nothing was sent. Run the command again when the file is complete.',
  })
}

function explained(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error
  return new AppError(
    {
      code: 'STORE_FULL',
      message: 'the disk of the state directory is full, nothing was stored',
      hint: 'Free some space on the master (see `df -h` and `df -i`): files of roles are copied into the state directory.',
    },
    { cause: error },
  )
}
