import { globMatches } from '../../protocol/glob.ts'
import { isReservedId, type MinionId } from '../../protocol/ids.ts'
import type { KnownKey, StoredJoinToken } from './key-store.ts'

/** What a minion that proved its key presents, and what is known about it. */
export interface FirstContact {
  readonly minion: MinionId
  /** The record of this key under this id. */
  readonly known: KnownKey | undefined
  /** The key currently accepted for this minion. */
  readonly accepted: KnownKey | undefined
  /** The token that it names, and whether its join proof is valid. */
  readonly token: StoredJoinToken | undefined
  readonly joinProved: boolean
  readonly now: number
}

/** `reason` is for the log only; the peer gets the same bytes for every verdict but `accept`. */
export type Verdict =
  | { readonly do: 'accept' }
  | { readonly do: 'join' }
  | { readonly do: 'pend'; readonly reason: string }
  | { readonly do: 'deny'; readonly reason: string }

/** Decides about a minion that proved its key. Pure. */
export function judgeContact(contact: FirstContact): Verdict {
  const { known } = contact
  if (known?.state === 'accepted' && known.cloneAlarmAt !== undefined) {
    return { do: 'deny', reason: 'two hosts used this key: it waits for `master keys accept`' }
  }
  if (known?.state === 'accepted') return { do: 'accept' }
  if (known?.state === 'revoked' || known?.state === 'rejected')
    return { do: 'deny', reason: `the key is ${known.state}` }
  if (isReservedId(contact.minion)) {
    return { do: 'deny', reason: `no minion can join as \`${contact.minion}\`, which is a target word` }
  }
  const refused = tokenRefusal(contact)
  return refused === undefined ? { do: 'join' } : { do: 'pend', reason: refused }
}

function tokenRefusal({ token, joinProved, now, minion, accepted }: FirstContact): string | undefined {
  if (token === undefined) return 'the key is not accepted yet'
  if (!joinProved) return `the proof for the join token ${token.id} is wrong`
  if (Date.parse(token.expiresAt) <= now) return `the join token ${token.id} expired at ${token.expiresAt}`
  if (token.used >= token.uses) return `the join token ${token.id} is used up`
  if (token.minion !== undefined && !globMatches(token.minion, minion))
    return `the join token ${token.id} is for ${token.minion}`
  if (accepted !== undefined) return `another key is accepted as ${minion}: a join token never replaces one`
  return undefined
}
