import type { FleetMinion } from '../control/snapshot.ts'
import type { Rights } from './caller.ts'

/** Minions that joined and that some right of the operator covers: they may know that these exist. Pure. */
export function knownMinions(rights: Rights, minions: readonly FleetMinion[]): readonly FleetMinion[] {
  return minions.filter(({ known, view }) => known !== undefined && rights.sees(view))
}
