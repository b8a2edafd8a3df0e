import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  type KeyObject,
} from 'node:crypto'
import { AppError } from './errors.ts'
import type { Sha256 } from './ids.ts'
import { rawPublicKey, x25519PublicKey } from './signature.ts'

/** What a box is bound to. It opens only with exactly these values. */
export interface BoxBinding {
  readonly catalog: Sha256
  /** keyHash of the minion's identity key. */
  readonly minionKey: Uint8Array
}

const VERSION = 1
const TAG_BYTES = 16

/**
 * Encrypts a box for one minion: ephemeral X25519 -> HKDF-SHA-256 -> ChaCha20-Poly1305, bound to catalog and minion. Layout:
 * version (1) | ephemeral public key (32) | tag (16) | ciphertext. `ephemeral` is a fresh X25519 private key.
 */
export function sealBox(
  values: readonly string[],
  recipient: Uint8Array,
  binding: BoxBinding,
  ephemeral: KeyObject,
): Uint8Array {
  const ephemeralPublic = rawPublicKey(ephemeral)
  const key = boxKey(ephemeral, x25519PublicKey(recipient), ephemeralPublic, recipient)
  const cipher = createCipheriv('chacha20-poly1305', key, Buffer.alloc(12), { authTagLength: TAG_BYTES })
  cipher.setAAD(boundTo(binding), { plaintextLength: 0 })
  const clear = Buffer.from(JSON.stringify(values), 'utf8')
  const ciphertext = Buffer.concat([cipher.update(clear), cipher.final()])
  clear.fill(0)
  return new Uint8Array(Buffer.concat([Buffer.from([VERSION]), ephemeralPublic, cipher.getAuthTag(), ciphertext]))
}

/**
 * Decrypts the values, in the order of the catalog's slots. Throws BOX_UNREADABLE for any other key or catalog, or a changed
 * byte.
 */
export function openBox(box: Uint8Array, sealingKey: KeyObject, binding: BoxBinding): readonly string[] {
  try {
    if (box[0] !== VERSION) throw new Error('version')
    const ephemeralPublic = box.subarray(1, 33)
    const own = rawPublicKey(createPublicKey(sealingKey))
    const key = boxKey(sealingKey, x25519PublicKey(ephemeralPublic), ephemeralPublic, own)
    const decipher = createDecipheriv('chacha20-poly1305', key, Buffer.alloc(12), { authTagLength: TAG_BYTES })
    decipher.setAAD(boundTo(binding), { plaintextLength: 0 })
    decipher.setAuthTag(box.subarray(33, 49))
    const clear = Buffer.concat([decipher.update(box.subarray(49)), decipher.final()])
    const values: unknown = JSON.parse(clear.toString('utf8'))
    clear.fill(0)
    if (Array.isArray(values) && values.every(value => typeof value === 'string')) return values
    throw new Error('shape')
  } catch (cause) {
    throw new AppError(
      {
        code: 'BOX_UNREADABLE',
        message: 'the secret bundle of this catalog cannot be decrypted with the sealing key of this minion',
        hint: 'Apply again from the master: `master apply <minion>`.',
      },
      { cause },
    )
  }
}

function boxKey(own: KeyObject, other: KeyObject, ephemeral: Uint8Array, recipient: Uint8Array): Buffer {
  const shared = diffieHellman({ privateKey: own, publicKey: other })
  const salt = createHash('sha256').update(ephemeral).update(recipient).digest()
  return Buffer.from(hkdfSync('sha256', shared, salt, 'saltern/box/1', 32))
}

function boundTo({ catalog, minionKey }: BoxBinding): Buffer {
  return Buffer.concat([Buffer.from(`saltern/box/1:${catalog}:`, 'utf8'), minionKey])
}
