import type { Contract, ContractFinding } from '../../protocol/contract.ts'
import type { MinionId } from '../../protocol/ids.ts'
import type { Observations } from '../../protocol/observations.ts'

/** A role, reduced to what contracts need. */
export interface ContractRole {
  readonly name: string
  readonly contract: Contract
  /** Roles from which its states need an export of exactly one minion; they are required wherever this role is. */
  readonly needs: readonly string[]
}

export interface ContractMinion {
  readonly id: MinionId
  readonly level: string
  /** Assigned and included roles. */
  readonly roles: readonly string[]
  /** Last reported observations of its host; undefined when there are none yet. */
  readonly observed: Observations | undefined
  /** Public addresses translated to the minion, as set by the operator, for hosts behind NAT. */
  readonly translated: readonly string[]
}

/** Result of a DNS lookup: names or addresses, empty when the name does not exist, or why it failed. */
export type DnsAnswer = readonly string[] | { readonly failed: string }

export interface DnsAnswers {
  /** By host name. */
  readonly forward: ReadonlyMap<string, DnsAnswer>
  /** Lists them by address. */
  readonly reverse: ReadonlyMap<string, DnsAnswer>
}

export interface ContractInput {
  readonly roles: readonly ContractRole[]
  /** By level, the value of `{domain}`; names that use it are not checked in a level without one. */
  readonly domains: ReadonlyMap<string, string>
  /** Joined minions, and those of the inventory that have not joined; only minions with a level. */
  readonly minions: readonly ContractMinion[]
  /** Undefined when DNS was not queried; requirements that need it are then not checked. */
  readonly dns: DnsAnswers | undefined
  /** Milliseconds since 1970. */
  readonly now: number
}

export interface ContractJudgement {
  /** Sorted by level, role and minion; includes requirements that are met. */
  readonly findings: readonly ContractFinding[]
  /** Minions that have not reported about their hosts yet: only the counts of their roles were checked. */
  readonly unseen: readonly MinionId[]
}
