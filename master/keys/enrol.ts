import type { MinionId } from '../../protocol/ids.ts'
import type { JoinTokenRecord, KnownKey } from './key-store.ts'

/** What a minion that proved its key shows, and what is known of it. */
export interface FirstContact {
  readonly minion: MinionId
  readonly counter: number
  readonly known: KnownKey | undefined
  /** Highest counter this key showed before. */
  readonly lastCounter: number
  /** All other keys that hold or held the same id. */
  readonly sameId: readonly KnownKey[]
  /** The token it names, and whether its join proof holds. */
  readonly token: JoinTokenRecord | undefined
  readonly joinProved: boolean
  readonly now: number
}

/** `reason` is for the log; the peer gets the same bytes for everything but `accept`. */
export type Verdict =
  | { readonly do: 'accept' }
  | { readonly do: 'accept-by-token' }
  | { readonly do: 'pend'; readonly reason: string }
  | { readonly do: 'clone'; readonly reason: string }
  | { readonly do: 'deny'; readonly reason: string }

/** The rules of contact. Pure. */
export function judgeContact(contact: FirstContact): Verdict {
  const { known, minion, counter, lastCounter } = contact
  if (known !== undefined && known.minion !== minion) {
    return { do: 'deny', reason: `the key belongs to ${known.minion}, it came as ${minion}` }
  }
  if (known?.state === 'revoked' || known?.state === 'rejected')
    return { do: 'deny', reason: `the key is ${known.state}` }
  if (known?.state === 'accepted') {
    if (counter > lastCounter) return { do: 'accept' }
    return { do: 'clone', reason: `connection counter ${counter} after ${lastCounter}: two hosts have this key` }
  }
  const refused = tokenRefusal(contact)
  if (refused === undefined) return { do: 'accept-by-token' }
  return { do: 'pend', reason: refused }
}

function tokenRefusal({ token, joinProved, now, minion, sameId }: FirstContact): string | undefined {
  if (token === undefined) return 'the key is not accepted yet'
  if (!joinProved) return `the proof for the join token ${token.id} is wrong`
  if (Date.parse(token.expiresAt) <= now) return `the join token ${token.id} expired at ${token.expiresAt}`
  if (token.used >= token.uses) return `the join token ${token.id} is used up`
  if (token.minion !== undefined && token.minion !== minion) return `the join token ${token.id} is for ${token.minion}`
  if (sameId.some(key => key.state === 'accepted')) {
    return `another key is accepted as ${minion}: a join token never replaces one`
  }
  return undefined
}
