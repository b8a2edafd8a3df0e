import { randomBytes } from 'node:crypto'
import { access, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { writeDurable } from '../protocol/durable-file.ts'
import { AppError } from '../protocol/errors.ts'
import type { MinionIdentity } from '../protocol/handshake.ts'
import type { Fingerprint, MinionId } from '../protocol/ids.ts'
import { ed25519PrivateKey, fingerprintOf, rawPublicKey, x25519PrivateKey } from '../protocol/signature.ts'
import { damaged, readState, readStateKey, writeState } from './state/state-file.ts'

const AGAIN =
  'Restore the state directory from its backup. Or join again as a new key: `mv identity identity.damaged` there, then `minion join`, and `master keys revoke` the old key.'

/**
 * Loads the key that identifies this minion and the key that its secrets are sealed to; both have mode 0600 and never leave the
 * host. They are created if this host has not joined yet, or by `minion join` (`mayMake`). Throws IDENTITY_MISSING or
 * STATE_DAMAGED when the identity key of a joined minion is missing or different. A lost sealing key is replaced, and the
 * master learns the new one at the next connection.
 */
export async function loadIdentity(
  stateDirectory: string,
  id: MinionId,
  { mayMake = false }: { readonly mayMake?: boolean } = {},
): Promise<MinionIdentity> {
  const directory = join(stateDirectory, 'identity')
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const path = join(directory, 'identity.key')
  const known = await readStateKey(path).catch((error: unknown) => {
    throw error instanceof AppError ? damaged(path, 'it does not contain a key', error, AGAIN) : error
  })
  if (known === undefined && !mayMake && (await isThere(join(stateDirectory, 'minion.yml')))) throw missing(path)
  const identityKey = ed25519PrivateKey(known ?? (await obtain(path)))
  const sealingKey = x25519PrivateKey(await obtain(join(directory, 'sealing.key')))
  const identity = { id, identityKey, sealingKey }
  await compare(path, join(directory, 'fingerprint'), identityFingerprint(identity), known === undefined)
  return identity
}

/** Throws STATE_DAMAGED. */
export async function checkSealingKey(path: string): Promise<void> {
  await readStateKey(path)
}

export function identityFingerprint(identity: MinionIdentity): Fingerprint {
  return fingerprintOf(rawPublicKey(identity.identityKey))
}

/**
 * Compares the key with the fingerprint stored beside it: any random bytes are a valid key, so only the fingerprint shows
 * whether it is the right one.
 */
async function compare(keyPath: string, path: string, fingerprint: Fingerprint, isNew: boolean): Promise<void> {
  const kept = (await readState(path))?.toString('utf8').trim()
  if (kept === fingerprint) return
  if (!isNew && kept !== undefined && /^SHA256:[A-Za-z0-9+/]{43}$/.test(kept)) {
    throw damaged(keyPath, `its key is ${fingerprint}, \`${path}\` says ${kept}`, undefined, AGAIN)
  }
  await writeState(path, `${fingerprint}\n`).catch((error: unknown) => {
    // It can be derived from the key, so a joined minion starts even on a full disk.
    if (isNew || !(error instanceof AppError) || error.code !== 'DISK_FULL') throw error
  })
}

/** Creates a key atomically and never replaces one: a kill in between must not leave an empty key behind. */
async function obtain(path: string): Promise<Buffer> {
  const existing = await readStateKey(path)
  if (existing !== undefined) return existing
  await writeDurable({ path, data: randomBytes(32), isNew: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  const made = await readStateKey(path)
  if (made === undefined) throw missing(path)
  return made
}

function missing(path: string): AppError {
  return new AppError({
    code: 'IDENTITY_MISSING',
    message: `there is no \`${path}\`, although this host has joined: the key of this minion was lost`,
    hint: AGAIN,
  })
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
