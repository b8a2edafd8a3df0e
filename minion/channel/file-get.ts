import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { FileHandle } from 'node:fs/promises'
import { AppError, problemsOf } from '../../protocol/errors.ts'
import { openToLook } from '../../protocol/trusted-directory.ts'
import type { ChannelEnd, ChannelPort } from './port.ts'

export interface FileGetRequest {
  readonly path: string
}

/** Sent through `errors` as one line of JSON after the whole content went through `output`. */
export interface FileFacts {
  readonly size: number
  readonly sha256: string
  /** Permission bits. */
  readonly mode: number
}

const PIECE_BYTES = 48 * 1024

/**
 * Sends one regular file, then its size and hash, so that the reader can detect a truncated or altered copy. Throws
 * FILE_UNREADABLE.
 */
export async function fileGetChannel({ path }: FileGetRequest, port: ChannelPort): Promise<ChannelEnd> {
  try {
    const file = await openRegular(path)
    try {
      const facts = await send(file, path, port)
      port.errors.write(`${JSON.stringify(facts)}\n`)
    } finally {
      await file.close()
    }
    return { exit: 0 }
  } catch (thrown) {
    return { problem: problemsOf(thrown)[0] }
  }
}

async function send(file: FileHandle, path: string, port: ChannelPort): Promise<FileFacts> {
  const hash = createHash('sha256')
  let size = 0
  for (;;) {
    port.signal.throwIfAborted()
    const { bytesRead, buffer } = await file
      .read(Buffer.allocUnsafe(PIECE_BYTES), 0, PIECE_BYTES, null)
      .catch(cause => {
        throw unreadable(path, cause as NodeJS.ErrnoException)
      })
    if (bytesRead === 0) break
    const piece = buffer.subarray(0, bytesRead)
    hash.update(piece)
    size += bytesRead
    if (!port.output.write(piece)) await once(port.output, 'drain', { signal: port.signal })
  }
  const { mode } = await file.stat()
  return { size, sha256: hash.digest('hex'), mode: mode & 0o7777 }
}

/** Opens a regular file. Never blocks on a pipe or device, and follows no link of another user. */
async function openRegular(path: string): Promise<FileHandle> {
  const file = await openToLook(path).catch(cause => {
    throw cause instanceof AppError ? cause : unreadable(path, cause as NodeJS.ErrnoException)
  })
  const status = await file.stat()
  if (status.isFile()) return file
  await file.close()
  const kind = status.isDirectory() ? 'is a directory' : 'is not a regular file'
  throw new AppError({
    code: 'FILE_UNREADABLE',
    message: `\`${path}\` ${kind}; copy one regular file at a time`,
    hint: 'For directories use rsync: `master ssh-config > ~/.ssh/saltern.conf`, then `rsync -e "ssh -F ~/.ssh/saltern.conf"`.',
  })
}

function unreadable(path: string, cause: NodeJS.ErrnoException): AppError {
  const reasons: { readonly [code: string]: string } = {
    ENOENT: 'it does not exist',
    ENOTDIR: 'a part of the path is not a directory',
    EACCES: 'permission denied',
    ELOOP: 'its symbolic links form a loop',
    ENXIO: 'it is not a regular file',
  }
  const reason = reasons[cause.code ?? ''] ?? cause.code ?? cause.message
  return new AppError({ code: 'FILE_UNREADABLE', message: `cannot read \`${path}\`: ${reason}` }, { cause })
}
