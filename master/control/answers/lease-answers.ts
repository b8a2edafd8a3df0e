import type { LeaseValue } from '../../store/lease-events.ts'

/** The shapes of `master lease`: only ever added to. */

export interface LeaseRow {
  /** `role/name`, or `role@level` for a role that only one minion of a level has. */
  readonly lease: string
  readonly minion: string
  readonly value: LeaseValue
  /** ISO 8601. */
  readonly since: string
  /** `idle`: its minion has left, or has the role no more. */
  readonly state: 'held' | 'idle'
}
