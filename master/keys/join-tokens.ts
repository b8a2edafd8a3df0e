import { formatJoinToken } from '../../protocol/join-token.ts'
import { ed25519PrivateKey, rawPublicKey } from '../../protocol/signature.ts'
import type { StoredJoinToken } from './key-store.ts'

export interface JoinTokenWish {
  readonly roles: readonly string[]
  readonly level?: string
  /** The only id that may use the token, or a pattern of ids such as `web*`. */
  readonly minion: string
  readonly uses: number
  readonly ttlMs: number
  readonly operator: string
}

/** Makes the text to hand out, which is shown once, and the record for the master to store. `random` returns random bytes. */
export function makeJoinToken(
  { ttlMs, ...wish }: JoinTokenWish,
  rootHash: Uint8Array,
  now: number,
  random: (size: number) => Uint8Array,
): { readonly text: string; readonly record: Omit<StoredJoinToken, 'used' | 'createdAt'> } {
  const name = Buffer.from(random(12))
  // The first letter of base64url is then no dash, which the command line would take for an option.
  name[0] = (name[0] ?? 0) & 0x7f
  const id = name.toString('base64url')
  const seed = random(32)
  const publicKey = rawPublicKey(ed25519PrivateKey(seed))
  const expiresAt = new Date(now + ttlMs).toISOString()
  return { text: formatJoinToken({ id, seed, rootHash }), record: { ...wish, id, publicKey, expiresAt } }
}
