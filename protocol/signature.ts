import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import type { Fingerprint } from './ids.ts'

/** Purpose of a signature. A signature for one purpose is not valid for any other (domain separation). */
export type Purpose =
  | 'master-certificate'
  | 'handshake-master'
  | 'handshake-minion'
  | 'handshake-join'
  | 'sealing-key'
  | 'catalog'
  | 'order'
  | 'report'
  | 'checkpoint'

const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')
const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex')
const X25519_PKCS8 = Buffer.from('302e020100300506032b656e04220420', 'hex')
const X25519_SPKI = Buffer.from('302a300506032b656e032100', 'hex')

/** The digest to sign: SHA-256 over `saltern/<purpose>/1` and all fields, each preceded by its length. */
export function transcript(purpose: Purpose, fields: readonly (Uint8Array | string)[]): Uint8Array {
  const hash = createHash('sha256')
  for (const field of [`saltern/${purpose}/1`, ...fields]) {
    const bytes = typeof field === 'string' ? Buffer.from(field, 'utf8') : field
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    hash.update(length).update(bytes)
  }
  return hash.digest()
}

export function signFor(purpose: Purpose, key: KeyObject, fields: readonly (Uint8Array | string)[]): Uint8Array {
  return sign(null, transcript(purpose, fields), key)
}

/** Verifies a signature. False also for a malformed key or signature. */
export function verifyFor(
  purpose: Purpose,
  rawPublicKey: Uint8Array,
  fields: readonly (Uint8Array | string)[],
  signature: Uint8Array,
): boolean {
  if (rawPublicKey.length !== 32 || signature.length !== 64) return false
  try {
    return verify(null, transcript(purpose, fields), ed25519PublicKey(rawPublicKey), signature)
  } catch {
    return false
  }
}

function ed25519PublicKey(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([ED25519_SPKI, raw]), format: 'der', type: 'spki' })
}

/** Builds an Ed25519 private key from its 32-byte seed (RFC 8032). */
export function ed25519PrivateKey(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([ED25519_PKCS8, seed]), format: 'der', type: 'pkcs8' })
}

export function x25519PublicKey(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([X25519_SPKI, raw]), format: 'der', type: 'spki' })
}

export function x25519PrivateKey(raw: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([X25519_PKCS8, raw]), format: 'der', type: 'pkcs8' })
}

/** The 32 raw bytes of the public half of an Ed25519 or X25519 key. */
export function rawPublicKey(key: KeyObject): Uint8Array {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key
  return new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32))
}

/** The `SHA256:<base64>` fingerprint of a raw public key, in OpenSSH's format. */
export function fingerprintOf(rawKey: Uint8Array): Fingerprint {
  return `SHA256:${createHash('sha256').update(rawKey).digest('base64').replace(/=+$/, '')}` as Fingerprint
}

/** SHA-256 of a raw key as 32 bytes, for use inside signed bodies. */
export function keyHash(rawKey: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(rawKey).digest())
}
