import type { MinionId } from '../../protocol/ids.ts'
import { formatJoinToken } from '../../protocol/join-token.ts'
import { ed25519PrivateKey, rawPublicKey } from '../../protocol/signature.ts'
import type { JoinTokenRecord } from './key-store.ts'

export interface JoinTokenWish {
  readonly roles: readonly string[]
  readonly level: string | undefined
  readonly minion: MinionId | undefined
  readonly uses: number
  readonly ttlMs: number
}

/** The text to hand out, once, and what the master keeps. `random` gives fresh random bytes. */
export function makeJoinToken(
  wish: JoinTokenWish,
  rootHash: Uint8Array,
  now: number,
  random: (size: number) => Uint8Array,
): { readonly text: string; readonly record: Omit<JoinTokenRecord, 'used'> } {
  const id = Buffer.from(random(12)).toString('base64url')
  const seed = random(32)
  const { roles, level, minion, uses, ttlMs } = wish
  const publicKey = rawPublicKey(ed25519PrivateKey(seed))
  const expiresAt = new Date(now + ttlMs).toISOString()
  return {
    text: formatJoinToken({ id, seed, rootHash }),
    record: { id, publicKey, roles, level, minion, uses, expiresAt },
  }
}
