import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { lstat } from 'node:fs/promises'
import { AppError } from '../../protocol/errors.ts'
import { writeAtomic } from './write-atomic.ts'

export interface NewKey {
  readonly path: string
  /** Mode of the private key, four octal digits; the public key is world-readable. */
  readonly mode: string
  readonly uid: number
  readonly gid: number
}

/** Creates an X25519 key in the format of wg(8), with its public half in `path`.pub. Never replaces a key. Throws KEY_INVALID. */
export async function makeKey({ path, mode, uid, gid }: NewKey): Promise<void> {
  if ((await lstat(path).catch(() => undefined)) !== undefined) {
    throw new AppError({
      code: 'KEY_INVALID',
      message: `\`${path}\` already exists, and a key is never replaced`,
      hint: 'Move the file away, and the next apply creates a new key.',
    })
  }
  const { privateKey } = generateKeyPairSync('x25519')
  const { d = '', x = '' } = privateKey.export({ format: 'jwk' })
  const write = (name: string, bytes: Buffer, permissions: number): Promise<void> => {
    const data = `${bytes.toString('base64')}\n`
    return writeAtomic({ path: name, data, mode: permissions, uid, gid }, randomBytes(6).toString('hex'))
  }
  await write(path, clamped(Buffer.from(d, 'base64url')), Number.parseInt(mode, 8))
  await write(`${path}.pub`, Buffer.from(x, 'base64url'), 0o644)
}

/** Sets and clears the bits that every X25519 key has fixed (RFC 7748), as wg(8) does. */
function clamped(key: Buffer): Buffer {
  const bytes = Buffer.from(key)
  bytes.writeUInt8(bytes.readUInt8(0) & 0xf8, 0)
  bytes.writeUInt8((bytes.readUInt8(31) & 0x7f) | 0x40, 31)
  return bytes
}
