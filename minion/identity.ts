import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { MinionIdentity } from '../protocol/handshake.ts'
import type { Fingerprint, MinionId } from '../protocol/ids.ts'
import { ed25519PrivateKey, fingerprintOf, rawPublicKey, x25519PrivateKey } from '../protocol/signature.ts'

/** The key that is this minion, and the key that its secrets are sealed to: made at first use, 0600, never leaving. */
export async function loadIdentity(stateDirectory: string, id: MinionId): Promise<MinionIdentity> {
  const directory = join(stateDirectory, 'identity')
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const identityKey = ed25519PrivateKey(await obtain(join(directory, 'identity.key')))
  const sealingKey = x25519PrivateKey(await obtain(join(directory, 'sealing.key')))
  return { id, identityKey, sealingKey }
}

export function identityFingerprint(identity: MinionIdentity): Fingerprint {
  return fingerprintOf(rawPublicKey(identity.identityKey))
}

async function obtain(path: string): Promise<Buffer> {
  try {
    const file = await open(path, 'wx', 0o600)
    try {
      await file.writeFile(randomBytes(32))
      await file.sync()
    } finally {
      await file.close()
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return readFile(path)
}
