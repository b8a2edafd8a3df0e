import type { Grantable } from '../fleet/operators.ts'

/** How rights on a verb are checked. */
export interface VerbRight {
  /**
   * `minions`: needs the right on each minion it acts on, all or none. `filtered`: a right on any minion is enough; the result
   * holds only what the caller may see. `fleet`: needs the right on all minions, because the verb concerns the fleet or the
   * master itself. `public`: needs no right, because the verb by itself discloses nothing.
   */
  readonly on: 'minions' | 'filtered' | 'fleet' | 'public'
  /** `read`: part of the group `look`; changes nothing and discloses no secret. */
  readonly kind: 'read' | 'write'
}

/** Rights on all verbs by name, as fleet.yml can grant them. */
export type RightsTable = ReadonlyMap<string, VerbRight>

/** Name of the group of all read verbs. */
export const LOOK = 'look'

/** Lists what `verbs` of a right can contain, besides `*`. */
export function grantableOf(table: RightsTable): Grantable {
  return new Map([
    [LOOK, 'minions'],
    ...[...table].map(([verb, { on }]) => [verb, on === 'fleet' ? 'fleet' : 'minions'] as const),
  ])
}
