import { createCipheriv, createDecipheriv } from 'node:crypto'
import { AppError } from '../../protocol/errors.ts'

const NONCE_BYTES = 12
const TAG_BYTES = 16

/**
 * Encrypts text under a key of the state directory (AES-256-GCM) and binds it to its purpose `what`, so it cannot be opened
 * elsewhere. `nonce` is 12 fresh random bytes. Returns base64 of nonce, tag and ciphertext.
 */
export function sealText(clear: string, what: string, key: Uint8Array, nonce: Uint8Array): string {
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(Buffer.from(`saltern/at-rest/1:${what}`, 'utf8'))
  const body = Buffer.concat([cipher.update(clear, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64')
}

/** Decrypts the output of `sealText`. Throws STORE_DAMAGED for another key, another purpose, or a changed byte. */
export function openText(sealed: string, what: string, key: Uint8Array): string {
  const bytes = Buffer.from(sealed, 'base64')
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
    decipher.setAAD(Buffer.from(`saltern/at-rest/1:${what}`, 'utf8'))
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8')
  } catch (cause) {
    throw new AppError(
      {
        code: 'STORE_DAMAGED',
        message: `the sealed ${what} of the master cannot be decrypted with the key in its state directory`,
        hint: 'Restore the state directory of the master from its backup.',
      },
      { cause },
    )
  }
}
