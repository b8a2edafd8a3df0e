import { createDecipheriv, scrypt } from 'node:crypto'
import { unreadable } from '../faults.ts'

/*
 * The container of releases before the age format; read only. A header, then frames of AES-256-GCM under a key that scrypt
 * derives from the passphrase and a fresh salt. A frame's nonce is its number with a mark on the last one, and each frame
 * authenticates the header. Truncation, reordering, repetition and any edit are detected.
 */

const MAGIC = Buffer.from('saltern-backup/1\n', 'latin1')
/** Magic prefix of all versions of this format. */
export const FORMAT_1_FAMILY = 'saltern-backup/'
const SALT_BYTES = 16
const TAG_BYTES = 16
/** Plaintext bytes per frame; the last frame can be shorter. */
const FRAME_BYTES = 64 * 1024
/** scrypt parameters; the header records them together with N. */
const COST = { r: 8, p: 1 } as const
/** Limit for a foreign header, so that it cannot exhaust memory. */
const MOST_LOG_N = 20
const HEADER_BYTES = MAGIC.length + 3 + SALT_BYTES

type Bytes = AsyncIterable<Uint8Array>

/**
 * Decrypts a sealed stream; yields only authenticated data. Throws BACKUP_UNREADABLE for a file that is no backup, a newer
 * version, a wrong passphrase, an edit or truncation.
 */
export async function* open(sealed: Bytes, passphrase: string): AsyncGenerator<Uint8Array> {
  const source = sealed[Symbol.asyncIterator]()
  const { header, rest } = await readHeader(source)
  const key = await keyOf(passphrase, header)
  let count = 0
  for await (const { bytes, isLast } of frames(resume(rest, source), FRAME_BYTES + TAG_BYTES)) {
    yield openFrame(bytes, { key, header, count, isLast })
    count++
  }
}

function openFrame(
  bytes: Buffer,
  frame: { readonly key: Uint8Array; readonly header: Buffer; readonly count: number; readonly isLast: boolean },
): Buffer {
  const { key, header, count, isLast } = frame
  try {
    const end = bytes.length - TAG_BYTES
    if (end < 0) throw new RangeError('shorter than its tag')
    const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(count, isLast), { authTagLength: TAG_BYTES })
    decipher.setAAD(header)
    decipher.setAuthTag(bytes.subarray(end))
    return Buffer.concat([decipher.update(bytes.subarray(0, end)), decipher.final()])
  } catch (cause) {
    if (count === 0) {
      throw unreadable(
        'it cannot be decrypted: the passphrase is wrong, or its beginning was edited or truncated',
        cause,
      )
    }
    const place = header.length + count * (FRAME_BYTES + TAG_BYTES)
    throw unreadable(`it was edited or truncated, at byte ${place} or after it`, cause)
  }
}

async function readHeader(source: AsyncIterator<Uint8Array>): Promise<{ header: Buffer; rest: Buffer }> {
  let held = Buffer.alloc(0)
  while (held.length < HEADER_BYTES) {
    const { value, done } = await source.next()
    if (done === true) break
    held = Buffer.concat([held, value])
  }
  const header = held.subarray(0, HEADER_BYTES)
  const line = header.toString('latin1', FORMAT_1_FAMILY.length).split('\n')[0] ?? ''
  if (!header.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw unreadable(`it has format ${JSON.stringify(line.slice(0, 8))}, this master supports format 1`)
  }
  if (header.length < HEADER_BYTES) throw unreadable('it was truncated in its header')
  return { header, rest: held.subarray(HEADER_BYTES) }
}

function keyOf(passphrase: string, header: Buffer): Promise<Buffer> {
  const [logN = 0, r = 0, p = 0] = header.subarray(MAGIC.length)
  if (logN < 1 || logN > MOST_LOG_N || r !== COST.r || p !== COST.p) throw unreadable('its header was edited')
  const options = { N: 2 ** logN, r, p, maxmem: 2 ** logN * r * 128 + 1024 * 1024 }
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFC'), header.subarray(MAGIC.length + 3), 32, options, (error, key) => {
      if (error === null) resolve(key)
      else reject(error)
    })
  })
}

/** The key is unique to this file, so a counter never repeats under it. */
function nonceOf(count: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeBigUInt64BE(BigInt(count))
  nonce[11] = isLast ? 1 : 0
  return nonce
}

/** Splits a stream into frames of that size and marks the last one, which can be empty. */
async function* frames(source: Bytes, size: number): AsyncGenerator<{ bytes: Buffer; isLast: boolean }> {
  let held = Buffer.alloc(0)
  for await (const chunk of source) {
    held = Buffer.concat([held, chunk])
    let start = 0
    // Needs one more byte, otherwise this may be the last frame.
    for (; held.length - start > size; start += size) {
      yield { bytes: held.subarray(start, start + size), isLast: false }
    }
    held = held.subarray(start)
  }
  yield { bytes: held, isLast: true }
}

async function* resume(first: Buffer, source: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first
  for (;;) {
    const { value, done } = await source.next()
    if (done === true) return
    yield value
  }
}
