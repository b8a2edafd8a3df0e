import type { MinionId } from '../../protocol/ids.ts'
import type { Db } from './database.ts'
import type { LeaseValue } from './lease-events.ts'
import type { Log } from './ports.ts'

/** What a minion holds until somebody releases it. */
export interface HeldLease {
  readonly lease: string
  readonly minion: MinionId
  readonly value: LeaseValue
  /** ISO 8601. */
  readonly since: string
}

export interface Leases {
  /** By lease and minion. */
  list(): readonly HeldLease[]
  /** Who holds it; of a role that only one may have that is one at most. */
  holders(lease: string): readonly HeldLease[]
  /**
   * What the minion holds, or what `choose` picks for it, given all values that others hold. Nothing comes between: two
   * that ask at once get two values. undefined: `choose` found none.
   */
  grant(
    lease: string,
    minion: MinionId,
    choose: (taken: readonly LeaseValue[]) => LeaseValue | undefined,
  ): HeldLease | undefined
  /** False when `from` did not hold it. */
  move(lease: string, from: MinionId, to: MinionId, operator: string): boolean
  /** False when it was not held. */
  release(lease: string, minion: MinionId, operator: string): boolean
}

interface Row {
  readonly lease: string
  readonly minion: MinionId
  readonly value: string
  readonly since: string
}

export function createLeases({ db, log }: { readonly db: Db; readonly log: Log }): Leases {
  const of = ({ value, ...rest }: Row): HeldLease => ({ ...rest, value: JSON.parse(value) as LeaseValue })
  const holders = (lease: string): readonly HeldLease[] =>
    db.all<Row>('SELECT * FROM held_leases WHERE lease = ? ORDER BY minion', lease).map(of)
  const held = (lease: string, minion: MinionId): HeldLease | undefined => {
    const row = db.one<Row>('SELECT * FROM held_leases WHERE lease = ? AND minion = ?', lease, minion)
    return row === undefined ? undefined : of(row)
  }
  return {
    list: () => db.all<Row>('SELECT * FROM held_leases ORDER BY lease, minion').map(of),
    holders,
    grant: (lease, minion, choose) =>
      db.atomically(() => {
        const before = held(lease, minion)
        if (before !== undefined) return before
        const value = choose(holders(lease).map(one => one.value))
        if (value === undefined) return undefined
        log.append({ type: 'lease-granted', lease, minion, value })
        return held(lease, minion)
      }),
    move: (lease, from, to, operator) =>
      db.atomically(() => {
        if (held(lease, from) === undefined || held(lease, to) !== undefined) return false
        log.append({ type: 'lease-moved', lease, from, minion: to, operator })
        return true
      }),
    release: (lease, minion, operator) =>
      db.atomically(() => {
        if (held(lease, minion) === undefined) return false
        log.append({ type: 'lease-released', lease, minion, operator })
        return true
      }),
  }
}
