import { Decrypter, Encrypter } from 'age-encryption'
import { faultOf, unreadable } from './faults.ts'
import { peek } from './peek.ts'

/*
 * The age format, v1 (C2SP age.md), with a passphrase; `age --decrypt` can open it. A header, then chunks of 64 KiB, each
 * encrypted and authenticated with its number and a mark on the last one. Truncation, reordering, repetition and any edit are
 * detected.
 */

/** Magic bytes of the format. */
export const AGE_MAGIC = 'age-encryption.org/v1\n'
const PASSPHRASE_STANZA = `${AGE_MAGIC}-> scrypt `
/** A passphrase needs one stanza, so the header has about 150 bytes. */
const LONGEST_HEADER = 1024
const NONCE_BYTES = 16
const CHUNK_BYTES = 64 * 1024 + 16
/** scrypt with N = 2^16, r = 8, p = 1: 64 MiB and a third of a second. The header records it. */
const LOG_N = 16

type Bytes = AsyncIterable<Uint8Array>

/** Encrypts a stream. Only tests lower `logN`, for speed. */
export async function* encrypt(clear: Bytes, passphrase: string, logN: number = LOG_N): AsyncGenerator<Uint8Array> {
  const encrypter = new Encrypter()
  encrypter.setPassphrase(passphrase.normalize('NFC'))
  encrypter.setScryptWorkFactor(logN)
  yield* await encrypter.encrypt(ReadableStream.from(clear))
}

/**
 * Decrypts a stream; yields only authenticated data. Throws BACKUP_UNREADABLE for a wrong passphrase, a file encrypted for a
 * key, an edit or truncation.
 */
export async function* decrypt(sealed: Bytes, passphrase: string): AsyncGenerator<Uint8Array> {
  const { first, whole } = await peek(sealed, LONGEST_HEADER)
  const headerBytes = headerSize(first.toString('latin1'))
  const decrypter = new Decrypter()
  decrypter.addPassphrase(passphrase.normalize('NFC'))
  const opened = await decrypter.decrypt(ReadableStream.from(whole)).catch((cause: unknown) => {
    throw faultOf(cause, 'it cannot be decrypted: the passphrase is wrong, or its beginning was edited or truncated')
  })
  let place = headerBytes + NONCE_BYTES
  try {
    for await (const chunk of opened) {
      yield chunk
      place += CHUNK_BYTES
    }
  } catch (cause) {
    throw faultOf(cause, `it was edited or truncated, at byte ${place} or after it`)
  }
}

/** Finds the size of the header. The library would search a whole file for its end. */
function headerSize(first: string): number {
  const end = /^--- .*\n/m.exec(first)
  if (end === null) throw unreadable('its header was edited or truncated')
  if (!first.startsWith(PASSPHRASE_STANZA)) throw unreadable('it was encrypted for a key, not with a passphrase')
  return end.index + end[0].length
}
