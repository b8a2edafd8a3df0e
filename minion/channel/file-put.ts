import { createHash, randomBytes } from 'node:crypto'
import type { Stats } from 'node:fs'
import { lstat, realpath } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { AppError, problemsOf } from '../../protocol/errors.ts'
import { insideTrusted } from '../../protocol/trusted-directory.ts'
import { parseAccounts } from '../system/accounts.ts'
import { spawnProgram } from '../system/spawn.ts'
import { writeAtomic } from '../system/write-atomic.ts'
import type { ChannelEnd, ChannelPort } from './port.ts'
import { accountOf } from './run-as.ts'

export interface FilePutRequest {
  readonly path: string
  readonly size: number
  readonly sha256: string
  /** Permission bits, owner and group to set; an existing file keeps what is not given. */
  readonly mode?: number | undefined
  readonly user?: string | undefined
  readonly group?: string | undefined
  /** Permission bits for a new file. */
  readonly newMode?: number | undefined
}

/**
 * Replaces one file atomically once all of it has arrived with the announced hash; until then, and on any failure, the old file
 * stays untouched. Throws FILE_UNWRITABLE, BLOB_MISMATCH, DISK_FULL, OWNER_UNKNOWN or PATH_UNSAFE.
 */
export async function filePutChannel(request: FilePutRequest, port: ChannelPort): Promise<ChannelEnd> {
  const onAbort = (): void => {
    port.input.destroy(
      new AppError({ code: 'RUN_CANCELLED', message: 'the copy was cancelled; the old file is unchanged' }),
    )
  }
  // The reader below handles errors; this catches those that occur before it starts.
  port.input.on('error', () => undefined)
  port.signal.addEventListener('abort', onAbort, { once: true })
  try {
    port.signal.throwIfAborted()
    const old = await replaceable(request.path)
    const wish = {
      path: request.path,
      data: announced(port.input, request),
      mode: request.mode ?? (old === undefined ? (request.newMode ?? 0o644) : old.mode & 0o7777),
      uid: request.user === undefined ? (old?.uid ?? process.getuid?.() ?? 0) : (await accountOf(request.user)).uid,
      gid: request.group === undefined ? (old?.gid ?? process.getgid?.() ?? 0) : await groupOf(request.group),
    }
    await writeAtomic(wish, randomBytes(6).toString('hex'))
    return { exit: 0 }
  } catch (thrown) {
    return { problem: problemsOf(thrown)[0] }
  } finally {
    port.signal.removeEventListener('abort', onAbort)
    // Discard remaining input so that the sender can receive the answer.
    port.input.resume()
  }
}

/** Yields the pieces as they arrive; throws before the end when they do not match the announcement. */
async function* announced(input: Readable, { path, size, sha256 }: FilePutRequest): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  let came = 0
  // By default, ending the iterator destroys the stream, and remaining input would not be read.
  for await (const piece of input.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    came += piece.length
    if (came > size) break
    hash.update(piece)
    yield piece
  }
  if (came === size && hash.digest('hex') === sha256) return
  const found = came === size ? 'other content' : came < size ? `only ${came} bytes` : 'more'
  throw new AppError({
    code: 'BLOB_MISMATCH',
    message: `\`${path}\`: ${size} bytes with SHA-256 ${sha256.slice(0, 12)} were announced, but ${found} arrived; the old file is unchanged`,
    hint: 'Copy it again. The file may have changed while it was read.',
  })
}

/** The existing file at the path, if it can be replaced. */
async function replaceable(path: string): Promise<Stats | undefined> {
  const status = await insideTrusted(path, (name, directory) => lstat(`${directory}/${name}`)).catch(thrown => {
    // A missing directory is reported by the write.
    if (thrown instanceof AppError) throw thrown
    return undefined
  })
  if (status === undefined || status.isFile()) return status
  if (status.isDirectory()) {
    const hint = `Name the file, or end with a slash: \`${path.replace(/\/$/, '')}/\`.`
    throw new AppError({ code: 'FILE_UNWRITABLE', message: `\`${path}\` is a directory`, hint })
  }
  if (status.isSymbolicLink()) {
    const real = await realpath(path).catch(() => undefined)
    throw new AppError({
      code: 'FILE_UNWRITABLE',
      message: `\`${path}\` is a symbolic link${real === undefined ? ' that points to nothing' : ` to \`${real}\``}: the copy would replace it`,
      hint: real === undefined ? `Remove it: \`rm ${path}\`.` : `Name the file itself: \`${real}\`.`,
    })
  }
  throw new AppError({ code: 'FILE_UNWRITABLE', message: `\`${path}\` exists and is not a regular file` })
}

async function groupOf(group: string): Promise<number> {
  const { stdout } = await spawnProgram(['getent', 'group', '--', group])
  const [found] = parseAccounts('', stdout).groups.values()
  if (found !== undefined) return found.gid
  throw new AppError({
    code: 'OWNER_UNKNOWN',
    message: `this host has no group \`${group}\``,
    hint: 'List the groups: `getent group`.',
  })
}
