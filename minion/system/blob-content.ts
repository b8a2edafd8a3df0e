import { createHash } from 'node:crypto'
import { constants, open, rm } from 'node:fs/promises'
import { AppError } from '../../protocol/errors.ts'
import type { Sha256 } from '../../protocol/ids.ts'

const READ_BYTES = 256 * 1024

/**
 * Yields the bytes of a blob that was fetched to `path`. The pieces share one buffer: use each before you ask for the next.
 * Throws BLOB_MISMATCH at the end when they do not match the hash; then the file is removed, so that it is fetched again.
 */
export async function* blobContent(path: string, sha256: Sha256): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? damaged(path, 'is missing') : error
  })
  const hash = createHash('sha256')
  try {
    const buffer = Buffer.allocUnsafe(READ_BYTES)
    for (let position = 0; ; ) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, position)
      if (bytesRead === 0) break
      position += bytesRead
      const piece = buffer.subarray(0, bytesRead)
      hash.update(piece)
      yield piece
    }
  } finally {
    await file.close()
  }
  if (hash.digest('hex') === sha256) return
  await rm(path, { force: true })
  throw damaged(path, 'is damaged')
}

function damaged(path: string, how: string): AppError {
  return new AppError({
    code: 'BLOB_MISMATCH',
    message: `the content that was fetched to \`${path}\` ${how}`,
    hint: 'Apply again from the master, which sends it again. If the error stays, check the disk of this host.',
  })
}
