import { createReadStream, type ReadStream } from 'node:fs'
import { AppError } from '../../protocol/errors.ts'
import { openToLook } from '../../protocol/trusted-directory.ts'
import { AGE_MAGIC, decrypt } from './age.ts'
import type { Packed, Unpacked } from './entry.ts'
import { isOfSystem, unreadable } from './faults.ts'
import { FORMAT_1_FAMILY, open } from './format-1/open.ts'
import { unpack as unpackFormat1 } from './format-1/unpack.ts'
import { gunzipped } from './gzip.ts'
import { peek } from './peek.ts'
import { unpack } from './tar.ts'

/** Opens a backup of any release. Content is authenticated as it is read. Throws BACKUP_UNREADABLE or PATH_UNSAFE. */
export async function readBackup(file: string, passphrase: string): Promise<Unpacked> {
  const handle = await openToLook(file).catch((thrown: unknown) => {
    throw explained(thrown, file)
  })
  const stream = createReadStream('', { fd: handle })
  try {
    const { manifest, entries } = await unpackAny(stream, passphrase)
    return { manifest, entries: closing(entries, stream, file) }
  } catch (thrown) {
    stream.destroy()
    throw explained(thrown, file)
  }
}

async function unpackAny(stream: ReadStream, passphrase: string): Promise<Unpacked> {
  const { first, whole } = await peek(stream, AGE_MAGIC.length)
  const start = first.toString('latin1')
  if (start.startsWith(FORMAT_1_FAMILY)) return await unpackFormat1(gunzipped(open(whole, passphrase)))
  if (start.startsWith(AGE_MAGIC)) return await unpack(gunzipped(decrypt(whole, passphrase)))
  throw unreadable('it is not a backup of a master')
}

async function* closing(entries: AsyncGenerator<Packed>, stream: ReadStream, file: string): AsyncGenerator<Packed> {
  try {
    yield* entries
  } catch (thrown) {
    throw explained(thrown, file)
  } finally {
    stream.destroy()
  }
}

/** An error of the operating system is not a bug of ours. */
function explained(thrown: unknown, file: string): unknown {
  if (thrown instanceof AppError || !isOfSystem(thrown)) return thrown
  return unreadable(`\`${file}\` cannot be read: ${thrown.message}`, thrown)
}
