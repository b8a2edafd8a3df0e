import type { ContractFinding } from '../../../protocol/contract.ts'

/** The shape of what `master contract` answers with: only ever added to. */

/** How one role's contract stands in one level. */
export interface ContractState {
  readonly level: string
  /** How many of its demands were judged, and how many of them are not kept. */
  readonly judged: number
  readonly broken: number
}

export interface ContractResult {
  /** ISO 8601. */
  readonly at: string
  /** Kept demands too; by level, role, minion. */
  readonly findings: readonly ContractFinding[]
  /** Minions that have told nothing of their hosts yet: an `apply` or `test` of them does. */
  readonly unseen: readonly string[]
}
