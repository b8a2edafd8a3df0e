import type { MinionId } from '../../protocol/ids.ts'

/** Who has which address, by the connections that minions made. */
export type AddressEvent =
  | { readonly type: 'address-held'; readonly minion: MinionId; readonly address: string }
  /** It connected from an address that another minion holds, and did not get it. */
  | { readonly type: 'address-refused'; readonly minion: MinionId; readonly address: string; readonly holder: MinionId }
  | {
      readonly type: 'address-released'
      readonly minion: MinionId
      readonly address: string
      /** Absent: it was the oldest of too many. */
      readonly operator?: string
    }
