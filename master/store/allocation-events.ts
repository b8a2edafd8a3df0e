import type { MinionId } from '../../protocol/ids.ts'

/** What may be held: a number, or a network; of a role that only one may have a word that says nothing. */
export type AllocationValue = number | string

/** The stored names say `lease`, as they did in earlier versions. `lease` is `role/name` for a value that is unique among minions, `role@level` for a role that only one may have. */
export type AllocationEvent =
  | {
      readonly type: 'lease-granted'
      readonly lease: string
      readonly minion: MinionId
      readonly value: AllocationValue
      /** Absent: the master gave it by itself, since a role wants it. */
      readonly operator?: string
    }
  /** From one minion to another, with its value. */
  | {
      readonly type: 'lease-moved'
      readonly lease: string
      readonly from: MinionId
      readonly minion: MinionId
      readonly operator: string
    }
  | { readonly type: 'lease-released'; readonly lease: string; readonly minion: MinionId; readonly operator: string }
