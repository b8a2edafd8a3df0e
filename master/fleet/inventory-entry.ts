import type { JsonObject } from '../../protocol/json.ts'
import type { SourcePosition } from '../../protocol/source.ts'

/** One entry of inventory.yml: a minion id or a glob of ids. */
export interface InventoryEntry {
  readonly pattern: string
  readonly roles: readonly { readonly name: string; readonly position: SourcePosition }[]
  readonly level: string | undefined
  readonly vars: JsonObject
  /** Addresses and networks of this minion only; the first is `minion.address`. Empty for a glob. */
  readonly addresses: readonly string[]
  readonly position: SourcePosition
}
