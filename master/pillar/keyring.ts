import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import nacl from 'tweetnacl'
import { writeDurable } from '../../protocol/durable-file.ts'
import { AppError } from '../../protocol/errors.ts'
import { type PillarKeyPair, pillarKeyId } from './envelope.ts'

/**
 * Loads all pillar keys of a master's state directory, newest first. Throws IDENTITY_DAMAGED for a key that does not match its
 * file name.
 */
export async function loadKeyring(directory: string): Promise<readonly PillarKeyPair[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const keys = await Promise.all(
    names
      .filter(name => /^\d+-[0-9a-f]{8}\.key$/.test(name))
      .sort()
      .reverse()
      .map(async name => checked(join(directory, name), new Uint8Array(await readFile(join(directory, name))))),
  )
  return keys
}

/** Adds a key, as a file with mode 0600 in a directory with mode 0700. `secret` is 32 fresh random bytes. */
export async function addPillarKey(directory: string, secret: Uint8Array, nowMs: number): Promise<PillarKeyPair> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const pair = keyPairOf(secret)
  await writeDurable({ path: join(directory, `${nowMs}-${pair.id}.key`), data: secret, isNew: true })
  return pair
}

function checked(path: string, secret: Uint8Array): PillarKeyPair {
  const pair = secret.length === 32 ? keyPairOf(secret) : undefined
  if (pair !== undefined && path.endsWith(`-${pair.id}.key`)) return pair
  throw new AppError({
    code: 'IDENTITY_DAMAGED',
    message: `the pillar key \`${path}\` is damaged: it does not match its file name`,
    hint: `Restore it from the backup of the master. If there is none, move it away and set its values again: \`mv ${path} ${path}.damaged\`.`,
  })
}

function keyPairOf(secret: Uint8Array): PillarKeyPair {
  const { publicKey, secretKey } = nacl.box.keyPair.fromSecretKey(secret)
  return { id: pillarKeyId(publicKey), publicKey, privateKey: secretKey }
}
