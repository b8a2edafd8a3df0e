import type { FleetMinion } from '../control/snapshot.ts'
import type { Rights } from './caller.ts'

/** Filters the minions that have joined and that some right of the operator covers, so the operator may know of them. Pure. */
export function knownMinions(rights: Rights, minions: readonly FleetMinion[]): readonly FleetMinion[] {
  return minions.filter(({ known, view }) => known !== undefined && rights.sees(view))
}
