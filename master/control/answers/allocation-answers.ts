import type { AllocationValue } from '../../store/allocation-events.ts'

/** The shapes of `master allocation`: only ever added to. */

export interface AllocationRow {
  /** `role/name`, or `role@level` for a role that only one minion of a level has. */
  readonly allocation: string
  readonly minion: string
  readonly value: AllocationValue
  /** ISO 8601. */
  readonly since: string
  /** `idle`: its minion has left, or has the role no more. */
  readonly state: 'held' | 'idle'
}
