import { INPUTS } from '../contract.ts'
import type { FleetMinion } from '../snapshot.ts'
import type { Rights } from './caller.ts'

/** Minions that joined and that somebody with these rights may do anything to at all: he may know that they exist. Pure. */
export function knownMinions(rights: Rights, minions: readonly FleetMinion[]): readonly FleetMinion[] {
  const verbs = Object.keys(INPUTS)
  return minions.filter(({ known, view }) => known !== undefined && verbs.some(verb => rights.allowsOn(verb, view)))
}
