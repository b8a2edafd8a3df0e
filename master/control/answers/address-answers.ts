/** The shapes of `master address`: only ever added to. */

export interface AddressRow {
  readonly address: string
  readonly minion: string
  readonly from: 'inventory' | 'connection'
  /**
   * `used`: it is `minion.address`. `kept`: held for the minion and not in use. `refused`: the minion connected from it, and
   * `holder` has it.
   */
  readonly state: 'used' | 'kept' | 'refused'
  readonly holder?: string
  /** ISO 8601; absent for what the inventory names. */
  readonly since?: string
}

export interface ReleasedAddress {
  readonly address: string
  readonly minion: string
}

export interface ReleaseResult {
  readonly released: readonly ReleasedAddress[]
  /** Not released, since the minion is connected from there now. Absent: none. */
  readonly inUse?: readonly ReleasedAddress[]
}
