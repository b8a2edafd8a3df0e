import type { Grantable } from '../fleet/operators.ts'

/** How the right to a verb is judged. */
export interface VerbRight {
  /**
   * `minions`: on each minion that it is done to, all or none. `filtered`: a right on any minion is enough, and the answer
   * holds what the caller may see. `fleet`: only with all minions as target, as it is about the fleet or the master itself.
   * `public`: needs no right, since of itself it shows nothing.
   */
  readonly on: 'minions' | 'filtered' | 'fleet' | 'public'
  /** `read`: part of the group `look`; changes nothing and shows no secret. */
  readonly kind: 'read' | 'write'
}

/** The rights to all verbs by name: what operators of fleet.yml can be given. */
export type RightsTable = ReadonlyMap<string, VerbRight>

/** The group of all verbs that only read. */
export const LOOK = 'look'

/** What may stand in `verbs` of a right, besides `*`. */
export function grantableOf(table: RightsTable): Grantable {
  return new Map([
    [LOOK, 'minions'],
    ...[...table].map(([verb, { on }]) => [verb, on === 'fleet' ? 'fleet' : 'minions'] as const),
  ])
}
