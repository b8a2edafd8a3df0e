import type { MinionId } from '../../../protocol/ids.ts'
import { canonicalJson } from '../../../protocol/json.ts'
import type { Db } from '../database.ts'
import type { AllocationValue } from '../log/fleet-events.ts'
import type { Projector } from '../log/projector.ts'
import type { Log } from '../ports.ts'
import { isAnything, storedJson } from '../stored-json.ts'

/** Which minion holds which allocation. The table refuses a value that another minion holds. */
export const ALLOCATIONS: Projector = {
  view: 'held_leases',
  apply: ({ db }, { at, event }) => {
    switch (event.type) {
      case 'lease-granted': {
        const insert = 'INSERT INTO held_leases (lease, minion, value, since) VALUES (?, ?, ?, ?)'
        db.run(insert, event.lease, event.minion, canonicalJson(event.value), at)
        return
      }
      case 'lease-moved': {
        const update = 'UPDATE held_leases SET minion = ?, since = ? WHERE lease = ? AND minion = ?'
        db.run(update, event.minion, at, event.lease, event.from)
        return
      }
      case 'lease-released':
        db.run('DELETE FROM held_leases WHERE lease = ? AND minion = ?', event.lease, event.minion)
    }
  },
}

/** An allocation that a minion holds until it is released. */
export interface HeldAllocation {
  readonly allocation: string
  readonly minion: MinionId
  readonly value: AllocationValue
  /** ISO 8601. */
  readonly since: string
}

export interface Allocations {
  /** Lists them by allocation and minion. */
  list(): readonly HeldAllocation[]
  /** Lists the holders; at most one for a role that only one minion may have. */
  holders(allocation: string): readonly HeldAllocation[]
  /**
   * Returns what the minion holds, or grants what `choose` selects, given all values that others hold. Atomic: two concurrent
   * requests get two values. Undefined when `choose` finds none.
   */
  grant(
    allocation: string,
    minion: MinionId,
    choose: (taken: readonly AllocationValue[]) => AllocationValue | undefined,
  ): HeldAllocation | undefined
  /** Moves an allocation; false when `from` did not hold it. */
  move(allocation: string, from: MinionId, to: MinionId, operator: string): boolean
  /** Releases an allocation; false when it was not held. */
  release(allocation: string, minion: MinionId, operator: string): boolean
}

interface Row {
  readonly lease: string
  readonly minion: MinionId
  readonly value: string
  readonly since: string
}

export function createAllocations({ db, log }: { readonly db: Db; readonly log: Log }): Allocations {
  const of = ({ lease, value, ...rest }: Row): HeldAllocation => ({
    ...rest,
    allocation: lease,
    value: storedJson<AllocationValue>(value, 'held_leases.value', isAnything),
  })
  const holders = (allocation: string): readonly HeldAllocation[] =>
    db.all<Row>('SELECT * FROM held_leases WHERE lease = ? ORDER BY minion', allocation).map(of)
  const held = (allocation: string, minion: MinionId): HeldAllocation | undefined => {
    const row = db.one<Row>('SELECT * FROM held_leases WHERE lease = ? AND minion = ?', allocation, minion)
    return row === undefined ? undefined : of(row)
  }
  return {
    list: () => db.all<Row>('SELECT * FROM held_leases ORDER BY lease, minion').map(of),
    holders,
    grant: (allocation, minion, choose) =>
      db.atomically(() => {
        const before = held(allocation, minion)
        if (before !== undefined) return before
        const value = choose(holders(allocation).map(one => one.value))
        if (value === undefined) return undefined
        log.append({ type: 'lease-granted', lease: allocation, minion, value })
        return held(allocation, minion)
      }),
    move: (allocation, from, to, operator) =>
      db.atomically(() => {
        if (held(allocation, from) === undefined || held(allocation, to) !== undefined) return false
        log.append({ type: 'lease-moved', lease: allocation, from, minion: to, operator })
        return true
      }),
    release: (allocation, minion, operator) =>
      db.atomically(() => {
        if (held(allocation, minion) === undefined) return false
        log.append({ type: 'lease-released', lease: allocation, minion, operator })
        return true
      }),
  }
}
