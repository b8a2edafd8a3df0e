import { type FileHandle, lstat, open, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../protocol/errors.ts'
import type { Entry, Packed, Root } from './entry.ts'

/** An entry and the file that holds its content. */
export interface Gathered {
  readonly entry: Entry
  readonly from: string
}

/** Files of a running master only; the database is added as a consistent copy. */
const NOT_STATE = /^(saltern\.db(-wal|-shm|-journal)?|lock\.db(-.*)?|master\.pid|\.backup-.*)$/

/** A large file of a role that is still being copied into the state directory. */
const UNFINISHED = /^blobs\/\.part-/

/**
 * Lists everything below a directory, in order, without sockets and devices; skips files of the running process in the state
 * directory.
 */
export async function gather(directory: string, root: Root): Promise<readonly Gathered[]> {
  const found: Gathered[] = []
  const look = async (below: string): Promise<void> => {
    const names = (await unlessGone(readdir(join(directory, below)))) ?? []
    for (const name of names.sort()) {
      if (below === '' && root === 'state' && NOT_STATE.test(name)) continue
      const path = below === '' ? name : `${below}/${name}`
      if (root === 'state' && UNFINISHED.test(path)) continue
      const from = join(directory, path)
      const status = await unlessGone(lstat(from))
      if (status === undefined) continue
      const mode = status.mode & 0o777
      if (status.isDirectory()) {
        found.push({ entry: { kind: 'directory', root, path, mode }, from })
        await look(path)
      } else if (status.isSymbolicLink()) {
        found.push({ entry: { kind: 'link', root, path, to: await readlink(from) }, from })
      } else if (status.isFile()) {
        found.push({ entry: { kind: 'file', root, path, mode, size: status.size }, from })
      }
    }
  }
  await look('')
  return found
}

/**
 * Opens the entries one by one. A file that grows meanwhile is stored with its original length; one that disappears, such as an
 * expired recording, is left out.
 */
export async function* contents(all: readonly Gathered[]): AsyncGenerator<Packed> {
  for (const { entry, from } of all) {
    if (entry.kind !== 'file') {
      yield { entry, content: nothing() }
      continue
    }
    const file = await unlessGone(open(from))
    if (file === undefined) continue
    try {
      yield { entry, content: read(file, from, entry.size) }
    } finally {
      await file.close()
    }
  }
}

async function* read(file: FileHandle, path: string, size: number): AsyncGenerator<Uint8Array> {
  if (size === 0) return
  let left = size
  const stream = file.createReadStream({ end: size - 1, autoClose: false })
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    left -= chunk.length
    yield chunk
  }
  if (left === 0) return
  throw new AppError({
    code: 'BACKUP_FAILED',
    message: `\`${path}\` became shorter while it was read`,
    hint: 'Run the backup again when the files no longer change.',
  })
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // Yields nothing.
}

async function unlessGone<T>(looking: Promise<T>): Promise<T | undefined> {
  return looking.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
}
