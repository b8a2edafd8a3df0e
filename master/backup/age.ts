import { Decrypter, Encrypter } from 'age-encryption'
import { faultOf, unreadable } from './faults.ts'
import { peek } from './peek.ts'

/*
 * The age format, v1 (C2SP age.md), with a passphrase: what `age --decrypt` opens. A header, then chunks of 64 KiB, each
 * encrypted and authenticated under its number, with a mark on the last one: cutting off, swapping, repeating or
 * editing anything is found.
 */

/** How every file of this format begins. */
export const AGE_MAGIC = 'age-encryption.org/v1\n'
const PASSPHRASE_STANZA = `${AGE_MAGIC}-> scrypt `
/** With a passphrase there is one stanza, and the header has about 150 bytes. */
const LONGEST_HEADER = 1024
const NONCE_BYTES = 16
const CHUNK_BYTES = 64 * 1024 + 16
/** scrypt with N = 2^16, r = 8, p = 1: 64 MiB and a third of a second. It stands in the header. */
const LOG_N = 16

type Bytes = AsyncIterable<Uint8Array>

/** Encrypts a stream; `logN` is lower only where a test has no third of a second. */
export async function* encrypt(clear: Bytes, passphrase: string, logN: number = LOG_N): AsyncGenerator<Uint8Array> {
  const encrypter = new Encrypter()
  encrypter.setPassphrase(passphrase.normalize('NFC'))
  encrypter.setScryptWorkFactor(logN)
  yield* await encrypter.encrypt(ReadableStream.from(clear))
}

/**
 * Decrypts a stream; gives only what is authentic. BACKUP_UNREADABLE: another passphrase, a key in place of a passphrase,
 * edited, cut off.
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

/** The library would search a whole file for the end of its header. */
function headerSize(first: string): number {
  const end = /^--- .*\n/m.exec(first)
  if (end === null) throw unreadable('its header was edited or truncated')
  if (!first.startsWith(PASSPHRASE_STANZA)) throw unreadable('it was encrypted for a key, not with a passphrase')
  return end.index + end[0].length
}
