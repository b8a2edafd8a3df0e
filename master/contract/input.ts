import type { Contract, ContractFinding } from '../../protocol/contract.ts'
import type { MinionId } from '../../protocol/ids.ts'
import type { Observations } from '../../protocol/observations.ts'

/** A role as its contract needs to know it. */
export interface ContractRole {
  readonly name: string
  readonly contract: Contract
  /** Roles of which its states need exactly one for an export: they are needed wherever it is. */
  readonly needs: readonly string[]
}

export interface ContractMinion {
  readonly id: MinionId
  readonly level: string
  /** Assigned and included. */
  readonly roles: readonly string[]
  /** What it last reported about its host; undefined: nothing yet. */
  readonly observed: Observations | undefined
  /** Public addresses that lead to it from elsewhere: the operator's word, for hosts behind address translation. */
  readonly translated: readonly string[]
}

/** What DNS said: names or addresses, none when there is no such name, or why nobody answered. */
export type DnsAnswer = readonly string[] | { readonly failed: string }

export interface DnsAnswers {
  /** By host name. */
  readonly forward: ReadonlyMap<string, DnsAnswer>
  /** By address. */
  readonly reverse: ReadonlyMap<string, DnsAnswer>
}

export interface ContractInput {
  readonly roles: readonly ContractRole[]
  /** By level, what `{domain}` stands for; names with it are not judged in a level without one. */
  readonly domains: ReadonlyMap<string, string>
  /** Joined ones and those of the inventory that have not joined; without those that have no level. */
  readonly minions: readonly ContractMinion[]
  /** undefined: DNS was not asked, and what needs it is not judged. */
  readonly dns: DnsAnswers | undefined
  /** Milliseconds since 1970. */
  readonly now: number
}

export interface ContractJudgement {
  /** By level, role, minion; kept demands too. */
  readonly findings: readonly ContractFinding[]
  /** Minions that have not reported about their hosts yet: only the counts of their roles were judged. */
  readonly unseen: readonly MinionId[]
}
