import { createHash } from 'node:crypto'
import nacl from 'tweetnacl'
import { AppError } from '../../protocol/errors.ts'

/** A key pair of the fleet's pillar. Anyone with the public half can add secrets; only the master can open them. */
export interface PillarKey {
  /** The first 8 hex digits of the public key's hash. */
  readonly id: string
  readonly publicKey: Uint8Array
}

export interface PillarKeyPair extends PillarKey {
  readonly privateKey: Uint8Array
}

/**
 * The place that a sealed value belongs to: it cannot be opened at another key or in another fleet. List items are `[]` in the
 * path.
 */
export interface SealedPlace {
  readonly fleet: string
  readonly path: string
}

const FORM = /^v1:([0-9a-f]{8}):([A-Za-z0-9+/]+=*)$/

export function pillarKeyId(publicKey: Uint8Array): string {
  return createHash('sha256').update(publicKey).digest('hex').slice(0, 8)
}

/**
 * Seals a value as `v1:<key id>:<base64>` of ephemeral public key and nacl.box; the nonce is bound to the place (docs/design.md
 * F19). `ephemeralSecret` is 32 fresh random bytes.
 */
export function sealValue(clear: string, place: SealedPlace, key: PillarKey, ephemeralSecret: Uint8Array): string {
  const ephemeral = nacl.box.keyPair.fromSecretKey(ephemeralSecret)
  const nonce = nonceOf(place, ephemeral.publicKey, key.publicKey)
  const box = nacl.box(new TextEncoder().encode(clear), nonce, key.publicKey, ephemeral.secretKey)
  return `v1:${key.id}:${Buffer.concat([ephemeral.publicKey, box]).toString('base64')}`
}

/** Opens a sealed value. Throws PILLAR_KEY_MISSING or PILLAR_VALUE_UNREADABLE. */
export function openValue(sealed: string, place: SealedPlace, keys: readonly PillarKeyPair[]): string {
  const [, id, base64] = FORM.exec(sealed.trim()) ?? []
  if (id === undefined || base64 === undefined) {
    throw unreadable(place, 'is not `v1:<key id>:<base64>`')
  }
  const key = keys.find(candidate => candidate.id === id)
  if (key === undefined) {
    throw new AppError({
      code: 'PILLAR_KEY_MISSING',
      message: `\`${place.path}\` was sealed with the pillar key ${id}, this master has ${keys.map(own => own.id).join(', ') || 'none'}`,
      hint: `Set it again with \`master pillar set ${place.path}\`, or restore that key.`,
    })
  }
  const bytes = new Uint8Array(Buffer.from(base64, 'base64'))
  const ephemeral = bytes.subarray(0, 32)
  const box = bytes.subarray(32)
  if (ephemeral.length !== 32 || box.length < nacl.box.overheadLength) throw unreadable(place, 'is too short')
  const clear = nacl.box.open(box, nonceOf(place, ephemeral, key.publicKey), ephemeral, key.privateKey)
  if (clear === null) throw unreadable(place, 'cannot be decrypted: it was moved from another key or edited')
  return new TextDecoder().decode(clear)
}

function nonceOf({ fleet, path }: SealedPlace, ephemeral: Uint8Array, recipient: Uint8Array): Uint8Array {
  const hash = createHash('sha512')
  for (const field of ['saltern/pillar/1', fleet, path, ephemeral, recipient]) {
    const bytes = typeof field === 'string' ? Buffer.from(field, 'utf8') : field
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    hash.update(length).update(bytes)
  }
  return new Uint8Array(hash.digest().subarray(0, nacl.box.nonceLength))
}

function unreadable({ path }: SealedPlace, why: string): AppError {
  return new AppError({
    code: 'PILLAR_VALUE_UNREADABLE',
    message: `the sealed value of \`${path}\` ${why}`,
    hint: `Set it again: \`master pillar set ${path}\`.`,
  })
}
