import type { Fingerprint, MinionId } from '../../protocol/ids.ts'

export type KeyState = 'pending' | 'accepted' | 'rejected' | 'revoked'

/** What a minion proved about itself in its handshake. */
export interface KeyClaim {
  readonly minion: MinionId
  readonly fingerprint: Fingerprint
  /** Raw Ed25519 identity key and raw X25519 sealing key, 32 bytes each. */
  readonly key: Uint8Array
  readonly sealingKey: Uint8Array
  /** Address that it connected from. */
  readonly address?: string
}

/** A key that was presented under this id, and the decision about it. */
export interface KnownKey extends KeyClaim {
  readonly state: KeyState
  readonly firstSeenAt: string
  readonly decidedAt?: string
  /** Who decided: the operator, or the id of the join token. */
  readonly operator?: string
  readonly token?: string
  /** Bound when the key was accepted. */
  readonly roles?: readonly string[]
  readonly level?: string
  /**
   * The id or pattern of ids of its join token: inventory globs that do not cover all of it give the minion nothing. Absent
   * when an operator accepted the key, or when it joined before this was recorded.
   */
  readonly joinedAs?: string
  /** When its connection counter went backwards: two hosts have this key, and neither is admitted until it is accepted again. */
  readonly cloneAlarmAt?: string
  /** Address of the host that was refused then. */
  readonly cloneAddress?: string
}

/** True when an operator must decide about the key: it is new, or two hosts used it. Pure. */
export function keyWaits({ state, cloneAlarmAt }: Pick<KnownKey, 'state' | 'cloneAlarmAt'>): boolean {
  return state === 'pending' || (state === 'accepted' && cloneAlarmAt !== undefined)
}

/** A join token as the master stores it; the stored form cannot be used to join. */
export interface StoredJoinToken {
  readonly id: string
  /** Raw Ed25519 key. */
  readonly publicKey: Uint8Array
  readonly roles: readonly string[]
  readonly level?: string
  /** The only id that may use it, or a pattern of ids. Absent for a token of an older master: any id may use it. */
  readonly minion?: string
  readonly uses: number
  readonly used: number
  readonly createdAt: string
  readonly expiresAt: string
  readonly operator: string
}

export type Decision =
  /** The key has this state now, or already had it. */
  | 'done'
  /** There is no such key under this id. */
  | 'unknown'
  /** Another key of this id is accepted and must be revoked first. */
  | 'taken'

export type TokenUse = 'accepted' | 'unknown' | 'expired' | 'used-up' | 'wrong-minion' | 'taken'

/**
 * The store of keys and join tokens. It decides only what must not race: uses of a token, one accepted key per id, the
 * connection counter. Everything is on disk when a call returns.
 */
export interface KeyStore {
  get(minion: MinionId, fingerprint: Fingerprint): KnownKey | undefined
  /** Returns the one key that may act as this minion. */
  accepted(minion: MinionId): KnownKey | undefined
  /** Lists keys by minion and first contact; all states or one. */
  list(state?: KeyState): readonly KnownKey[]
  countPending(): number
  /**
   * Adds a pending key. Returns false and writes nothing when the key is already known in any state, when 250 keys of its
   * network are pending, or when 1,000 are pending and no other network has more than this one.
   */
  addPending(claim: KeyClaim): boolean
  /** Forgets pending keys first seen before that time (ISO 8601); returns how many. */
  expirePending(before: string): number
  /** Accepts a key. `bound`: roles and level that the operator adds to those of the inventory; absent ones stay unchanged. */
  accept(
    minion: MinionId,
    fingerprint: Fingerprint,
    operator: string,
    bound?: { readonly roles?: readonly string[]; readonly level?: string },
  ): Decision
  reject(minion: MinionId, fingerprint: Fingerprint, operator: string): Decision
  revoke(minion: MinionId, fingerprint: Fingerprint, operator: string): Decision
  /**
   * Stores a new sealing key signed by the identity key: secret bundles are encrypted for it from now on. False when it was
   * already known.
   */
  saveSealingKey(minion: MinionId, fingerprint: Fingerprint, sealingKey: Uint8Array): boolean
  /**
   * Uses the token and accepts the key with the token's roles and level, in one step. Rejected and revoked keys are not
   * detected here: the caller must check `get` first. A key that is already accepted consumes no use.
   */
  join(claim: KeyClaim, token: string): TokenUse
  /**
   * Stores the connection counter of a proof from that address. False when it is not above the highest one seen: two hosts have this key. The
   * alarm is logged once and stays on the key until an operator accepts it again. That also resets the counter: the operator
   * knows which host is the right one.
   */
  raiseCounter(minion: MinionId, fingerprint: Fingerprint, counter: number, address?: string): boolean
  createToken(token: Omit<StoredJoinToken, 'used' | 'createdAt'>): void
  /** Revokes a join token; its remaining uses are gone. False when there is no such token. */
  revokeToken(id: string, operator: string): boolean
  token(id: string): StoredJoinToken | undefined
  /** Newest first. */
  tokens(): readonly StoredJoinToken[]
  /** Removes join tokens that expired before this time (ISO 8601). Returns how many. */
  removeExpiredTokens(before: string): number
}
