import type { Fingerprint, MinionId } from '../../../protocol/ids.ts'
import type { KeyClaim } from '../../keys/key-store.ts'
import { networkOf } from '../../keys/source.ts'
import type { Db } from '../database.ts'
import type { Log } from '../ports.ts'

interface Deps {
  readonly db: Db
  readonly log: Log
}

interface Waiting {
  readonly minion: MinionId
  readonly fingerprint: Fingerprint
  readonly address: string | null
}

/** Maximum number of pending keys. Each costs an event and a row: unknown hosts must not fill the disk. */
const MOST_PENDING = 1000
/** Maximum for one network (/24 of IPv4, /64 of IPv6). */
const MOST_OF_A_NETWORK = 250

/**
 * Makes room for one more pending key. False when its network has reached its maximum, or when no other network has to give
 * way. When all places are taken, the network with the most keys loses its oldest one to a network with fewer.
 */
export function makeRoomForPending({ db, log }: Deps, claim: KeyClaim): boolean {
  const all = db.all<Waiting>(
    "SELECT minion, fingerprint, address FROM keys WHERE state = 'pending' ORDER BY first_seen_at, minion, fingerprint",
  )
  const network = (one: { readonly address?: string | null }): string => networkOf(one.address ?? '')
  const counts = new Map<string, number>()
  for (const one of all) counts.set(network(one), (counts.get(network(one)) ?? 0) + 1)
  const own = counts.get(network(claim)) ?? 0
  if (own >= MOST_OF_A_NETWORK) return false
  if (all.length < MOST_PENDING) return true
  const [largest, most = 0] = [...counts].sort(([, a], [, b]) => b - a)[0] ?? []
  const oldest = all.find(one => network(one) === largest)
  if (oldest === undefined || most <= own + 1) return false
  log.append({ type: 'key-expired', minion: oldest.minion, fingerprint: oldest.fingerprint, why: 'displaced' })
  return true
}

/**
 * Forgets pending keys first seen before that time (ISO 8601); returns how many. A key that is presented again becomes pending
 * again.
 */
export function expirePending({ db, log }: Deps, before: string): number {
  const old = "SELECT minion, fingerprint, address FROM keys WHERE state = 'pending' AND first_seen_at < ?"
  return db.atomically(() => {
    const due = db.all<Waiting>(old, before)
    for (const { minion, fingerprint } of due) log.append({ type: 'key-expired', minion, fingerprint, why: 'too-old' })
    return due.length
  })
}
