import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { faultOf, unreadable } from './faults.ts'

/** Limit for a decompressed backup: 1 TiB. */
const MOST_BYTES = 2 ** 40

/** Decompresses a stream to its end. Throws BACKUP_UNREADABLE; errors of the source are passed through. */
export async function* gunzipped(
  packed: AsyncIterable<Uint8Array>,
  most: number = MOST_BYTES,
): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip()
  const feeding = pipeline(packed, gunzip)
  // An error ends the stream that is read below.
  feeding.catch(() => undefined)
  try {
    let left = most
    for await (const chunk of gunzip as AsyncIterable<Uint8Array>) {
      left -= chunk.length
      if (left < 0) throw unreadable(`it is larger than ${most} bytes when it is decompressed`)
      yield chunk
    }
    await feeding
  } catch (thrown) {
    throw faultOf(thrown, 'its content is not that of a backup')
  }
}
