import { createHash } from 'node:crypto'
import { type FileHandle, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { isDiskFull, roomHint } from '../../../protocol/disk-room.ts'
import { AppError } from '../../../protocol/errors.ts'
import { LIMITS } from '../../../protocol/limits.ts'
import { followOwnLinks, openToLook, replaceTrusted } from '../../../protocol/trusted-directory.ts'

/** Properties of a file, sent before an upload and after a download so that the copy can be verified. */
export interface FileFacts {
  readonly size: number
  readonly sha256: string
  /** Permission bits. */
  readonly mode: number
}

/** Bytes of one read of a file that is only hashed. */
const HASHED_BYTES = 256 * 1024

/** Reads a local file once to hash it. Throws FILE_UNREADABLE. */
export async function factsOf(path: string): Promise<FileFacts> {
  try {
    const file = await openToLook(path)
    try {
      const status = await file.stat()
      if (!status.isFile()) throw notOneFile(path, status.isDirectory())
      const hash = createHash('sha256')
      let size = 0
      for await (const piece of file.createReadStream({
        autoClose: false,
        highWaterMark: HASHED_BYTES,
      }) as AsyncIterable<Buffer>) {
        hash.update(piece)
        size += piece.length
      }
      return { size, sha256: hash.digest('hex'), mode: status.mode & 0o777 }
    } finally {
      await file.close()
    }
  } catch (thrown) {
    throw explain(thrown, 'FILE_UNREADABLE', 'read', path)
  }
}

/** Yields the content in pieces. If it changed since `factsOf`, the hash fails on the other side. Throws FILE_UNREADABLE. */
export async function* piecesOf(path: string): AsyncGenerator<Buffer> {
  const file = await openToLook(path).catch(thrown => {
    throw explain(thrown, 'FILE_UNREADABLE', 'read', path)
  })
  try {
    // Each piece is one message.
    yield* file.createReadStream({ autoClose: false, highWaterMark: LIMITS.chunkBytes }) as AsyncIterable<Buffer>
  } finally {
    await file.close()
  }
}

/** Computes the destination of a copy of `from`: inside an existing directory, or exactly this path. */
export async function placeFor(to: string, from: string): Promise<string> {
  const status = await stat(to).catch(() => undefined)
  if (status?.isDirectory() === true || to.endsWith('/')) return join(to, basename(from))
  return to
}

/**
 * Puts a file in place once all of it has arrived and matches `facts`, which come afterwards. Until then, and after any
 * failure, the old file is unchanged. An existing file keeps its mode. Throws BLOB_MISMATCH, DISK_FULL, FILE_UNWRITABLE or
 * PATH_UNSAFE.
 */
export async function keepFile(
  path: string,
  pieces: AsyncIterable<Uint8Array>,
  facts: () => Promise<FileFacts>,
): Promise<FileFacts> {
  try {
    // The user's own symlink stays, and its target is replaced.
    const real = await followOwnLinks(resolve(path))
    return await replaceTrusted(real, 0o600, async (file, old) => {
      if (old !== undefined && !old.isFile()) throw unwritable(path, 'it exists and is not a regular file')
      const told = await fill(file, path, pieces, facts)
      await file.chmod(old === undefined ? told.mode & 0o777 & ~process.umask() : old.mode & 0o7777)
      return told
    })
  } catch (thrown) {
    throw explain(thrown, 'FILE_UNWRITABLE', 'write', path)
  }
}

async function fill(
  file: FileHandle,
  path: string,
  pieces: AsyncIterable<Uint8Array>,
  facts: () => Promise<FileFacts>,
): Promise<FileFacts> {
  const hash = createHash('sha256')
  let size = 0
  for await (const piece of pieces) {
    hash.update(piece)
    size += piece.length
    await file.writeFile(piece)
  }
  const told = await facts()
  if (told.size !== size || told.sha256 !== hash.digest('hex')) throw mismatch(path, told, size)
  return told
}

/** Creates a BLOB_MISMATCH error for a copy of `size` bytes. Pure. */
export function mismatch(path: string, told: FileFacts, size: number): AppError {
  return new AppError({
    code: 'BLOB_MISMATCH',
    message: `\`${path}\`: ${told.size} bytes with SHA-256 ${told.sha256.slice(0, 12)} were sent, but ${size === told.size ? 'other content' : `${size} bytes`} arrived`,
    hint: 'Copy it again.',
  })
}

function notOneFile(path: string, isDirectory: boolean): AppError {
  return new AppError({
    code: 'FILE_UNREADABLE',
    message: `\`${path}\` ${isDirectory ? 'is a directory' : 'is not a regular file'}; copy one regular file at a time`,
    hint: 'For directories use rsync over ssh: see `master ssh-config --help`.',
  })
}

function unwritable(path: string, why: string): AppError {
  return new AppError({ code: 'FILE_UNWRITABLE', message: `cannot write \`${path}\`: ${why}` })
}

function explain(thrown: unknown, code: 'FILE_UNREADABLE' | 'FILE_UNWRITABLE', act: string, path: string): unknown {
  if (thrown instanceof AppError) return thrown
  const { code: reason, message } = thrown as NodeJS.ErrnoException
  if (isDiskFull(thrown)) {
    const hint = roomHint(dirname(path))
    return new AppError(
      { code: 'DISK_FULL', message: `no space left on this machine to write \`${path}\``, hint },
      { cause: thrown },
    )
  }
  const known: { readonly [reason: string]: string } = {
    ENOENT: act === 'read' ? 'it does not exist' : `the directory \`${dirname(path)}\` does not exist`,
    ENOTDIR: 'a part of the path is not a directory',
    EACCES: 'permission denied',
    EISDIR: 'it is a directory',
    EROFS: 'the file system is read-only',
  }
  return new AppError(
    { code, message: `cannot ${act} \`${path}\`: ${known[reason ?? ''] ?? reason ?? message}` },
    { cause: thrown },
  )
}
