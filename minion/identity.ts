import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, rm } from 'node:fs/promises'
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

/** Appears whole or not at all, and never replaces one: a kill in between must not leave an empty key behind. */
async function obtain(path: string): Promise<Buffer> {
  const existing = await readIfThere(path)
  if (existing !== undefined) return existing
  const making = `${path}.new-${randomBytes(6).toString('hex')}`
  const file = await open(making, 'wx', 0o600)
  try {
    await file.writeFile(randomBytes(32))
    await file.sync()
  } finally {
    await file.close()
  }
  try {
    await link(making, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await rm(making, { force: true })
  }
  return readFile(path)
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
