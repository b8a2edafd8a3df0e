import type { Fingerprint, MinionId } from '../../protocol/ids.ts'

export type KeyState = 'pending' | 'accepted' | 'rejected' | 'revoked'

/** What a minion proved about itself in its handshake. */
export interface KeyClaim {
  readonly minion: MinionId
  readonly fingerprint: Fingerprint
  /** Raw Ed25519 identity key and raw X25519 sealing key, 32 bytes each. */
  readonly key: Uint8Array
  readonly sealingKey: Uint8Array
  /** Where it came from. */
  readonly address?: string
}

/** A key that knocked once under this id, and what was decided about it. */
export interface KnownKey extends KeyClaim {
  readonly state: KeyState
  readonly firstSeenAt: string
  readonly decidedAt?: string
  /** Who decided: an operator, or the join token of that id. */
  readonly operator?: string
  readonly token?: string
  /** Bound by the join token. */
  readonly roles?: readonly string[]
  readonly level?: string
  /**
   * The id or pattern of ids that its join token was for: inventory globs that are not wider give it nothing. Absent when an operator
   * accepted it, or when it joined before this was kept.
   */
  readonly joinedAs?: string
  /** Its connection counter went backwards then: two hosts have this key, and neither gets in until it is accepted again. */
  readonly cloneAlarmAt?: string
}

/** True when somebody must decide about it: it knocked for the first time, or two hosts used it. Pure. */
export function keyWaits({ state, cloneAlarmAt }: Pick<KnownKey, 'state' | 'cloneAlarmAt'>): boolean {
  return state === 'pending' || (state === 'accepted' && cloneAlarmAt !== undefined)
}

/** A join token as the master keeps it: with it nobody can join. */
export interface StoredJoinToken {
  readonly id: string
  /** Raw Ed25519 key. */
  readonly publicKey: Uint8Array
  readonly roles: readonly string[]
  readonly level?: string
  /** The only id that may use it, or a pattern of ids. Absent for one of an older master: any id may. */
  readonly minion?: string
  readonly uses: number
  readonly used: number
  readonly createdAt: string
  readonly expiresAt: string
  readonly operator: string
}

export type Decision =
  /** Now it is so, or was already. */
  | 'done'
  /** No such key under this id. */
  | 'unknown'
  /** Another key of this id is accepted: that one must be revoked first. */
  | 'taken'

export type TokenUse = 'accepted' | 'unknown' | 'expired' | 'used-up' | 'wrong-minion' | 'taken'

/**
 * What the master remembers of keys and join tokens. It decides nothing but what must not race: a token's uses, one
 * accepted key an id, the connection counter. All of it is on disk when a call returns.
 */
export interface KeyStore {
  get(minion: MinionId, fingerprint: Fingerprint): KnownKey | undefined
  /** The one key that may act as this minion. */
  accepted(minion: MinionId): KnownKey | undefined
  /** By minion and time of first sight; all states, or one. */
  list(state?: KeyState): readonly KnownKey[]
  countPending(): number
  /**
   * False, and nothing is written, when the key is known already, whatever was decided about it, when 250 keys of its
   * network are pending, or when 1,000 are and no other network has more than its own.
   */
  addPending(claim: KeyClaim): boolean
  /** Forgets pending keys that were first seen before that time (ISO 8601); how many. */
  expirePending(before: string): number
  /** `bound`: roles and level that the operator gives it besides those of the inventory; absent ones stay as they are. */
  accept(
    minion: MinionId,
    fingerprint: Fingerprint,
    operator: string,
    bound?: { readonly roles?: readonly string[]; readonly level?: string },
  ): Decision
  reject(minion: MinionId, fingerprint: Fingerprint, operator: string): Decision
  revoke(minion: MinionId, fingerprint: Fingerprint, operator: string): Decision
  /** The identity key signed a new sealing key: boxes are sealed to that one from now on. False when it was known. */
  saveSealingKey(minion: MinionId, fingerprint: Fingerprint, sealingKey: Uint8Array): boolean
  /**
   * Uses the token and accepts the key, with the token's roles and level, in one step. A rejected or revoked key is not
   * `unknown` to this: whoever asks has looked at `get` before. A key that is accepted already uses nothing up.
   */
  join(claim: KeyClaim, token: string): TokenUse
  /**
   * Remembers the connection counter of a proof. False when it is not above the highest one that was seen: two hosts
   * have this key; the alarm is in the log, once, and at the key until an operator accepts it again. That also forgets
   * the counter: the operator knows which host is the right one.
   */
  raiseCounter(minion: MinionId, fingerprint: Fingerprint, counter: number): boolean
  createToken(token: Omit<StoredJoinToken, 'used' | 'createdAt'>): void
  /** Nobody joins with it any more: what is left of its uses is gone. False when there is no such token. */
  revokeToken(id: string, operator: string): boolean
  token(id: string): StoredJoinToken | undefined
  /** The newest first. */
  tokens(): readonly StoredJoinToken[]
  /** Removes join tokens that expired before this time (ISO 8601). Returns how many. */
  removeExpiredTokens(before: string): number
}
