import type { KeyStore } from '../keys/key-store.ts'

const LOOK_EVERY_MS = 60_000

/** Forgets pending keys that nobody decided about in `keepMs`. To be called often; it looks once a minute. */
export function pendingKeyExpiry(
  keys: Pick<KeyStore, 'expirePending'>,
  { now, keepMs }: { readonly now: () => number; readonly keepMs: number },
): () => void {
  let lookedAt = Number.NEGATIVE_INFINITY
  return () => {
    // A clock that was set back must not stop it.
    if (Math.abs(now() - lookedAt) < LOOK_EVERY_MS) return
    lookedAt = now()
    keys.expirePending(new Date(now() - keepMs).toISOString())
  }
}
