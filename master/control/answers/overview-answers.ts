import type { ErrorCode } from '../../../protocol/errors.ts'
import type { RunState } from '../../../protocol/report.ts'
import type { Withheld } from './withheld.ts'

/** What `overview` answers: only what its caller may see. */
export interface OverviewResult {
  readonly fleet: string
  readonly master: string
  readonly version: string
  /** As the master knows whoever asks. */
  readonly operator: string
  /** In the order of fleet.yml; those that have minions. */
  readonly levels: readonly { readonly level: string; readonly minions: number; readonly here: number }[]
  readonly minions: { readonly accepted: number; readonly connected: number }
  readonly away: readonly { readonly minion: string; readonly since?: string }[]
  /** Keys that wait for somebody's word; absent when he may not see keys. */
  readonly pending?: readonly WaitingKey[]
  /** Minions that connected from an address of another one and have none; absent when the caller may not see addresses. */
  readonly refusedAddresses?: readonly { readonly minion: string; readonly address: string; readonly holder: string }[]
  /** Minions that joined with a token for more ids than their entries of inventory.yml are for; absent when they may not see keys. */
  readonly withheld?: readonly (Withheld & { readonly minion: string })[]
  /** Minions that sent more reports of runs nobody ordered than a day allows; absent when they may not see reports. */
  readonly overQuota?: readonly { readonly minion: string; readonly since: string }[]
  /** How many minions' last run came to nothing, and the newest of them; absent when he may not see reports. */
  readonly failed?: number
  readonly failures?: readonly LastFailure[]
}

export interface WaitingKey {
  readonly minion: string
  readonly fingerprint: string
  /** Another key is accepted for its id. */
  readonly idTaken?: boolean
  /** Two hosts used it then: neither gets in until somebody accepts it again. */
  readonly usedTwiceAt?: string
}

export interface LastFailure {
  readonly minion: string
  readonly run: string
  readonly job: string
  readonly verb: string
  readonly state: RunState
  readonly at: string
  /** Why, as far as its report says. */
  readonly code?: ErrorCode
  readonly message?: string
}

/** What `names` answers: only what its caller may know. */
export interface NamesResult {
  readonly minions: readonly string[]
  readonly roles: readonly string[]
  /** In the order of fleet.yml. */
  readonly levels: readonly string[]
  readonly systems: readonly string[]
  /** Newest first. */
  readonly jobs: readonly string[]
  /** Minions whose key waits. */
  readonly pending: readonly string[]
  readonly tokens: readonly string[]
  /** By hand, on minions; newest first. */
  readonly sessions: readonly string[]
  readonly schedules: readonly string[]
}
