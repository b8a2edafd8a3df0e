import type { ControlContext } from '../context.ts'
import { type FleetMinion, type FleetSnapshot, takeSnapshot } from '../control/snapshot.ts'
import type { Caller } from './caller.ts'
import { pickAmong } from './pick-among.ts'

/** The minions of a target, in the fleet as it stood when they were picked. */
export interface Picked {
  readonly snapshot: FleetSnapshot
  /** Those that joined and match, by id; at least one. */
  readonly minions: readonly FleetMinion[]
}

/** The one way from target words to minions; see `pickAmong` for its errors. */
export async function pickMinions(
  context: ControlContext,
  caller: Caller,
  verb: string,
  target: string,
): Promise<Picked> {
  const snapshot = await takeSnapshot(context)
  const joined = snapshot.minions.filter(({ known }) => known !== undefined)
  return { snapshot, minions: pickAmong(caller, verb, target, joined) }
}

/**
 * Which minions the answer of a verb may show its caller. A minion that the fleet does not know any more is shown to
 * those only who may see all.
 */
export async function visibilityOf(
  context: ControlContext,
  caller: Caller,
  verb: string,
): Promise<(minion: string) => boolean> {
  if (caller.rights.everywhere(verb)) return () => true
  const { minions } = await takeSnapshot(context)
  return among(minions.filter(({ view }) => caller.rights.allowsOn(verb, view)))
}

/** Which minions the caller may know of at all, by whatever right. */
export async function visibleTo(context: ControlContext, { rights }: Caller): Promise<(minion: string) => boolean> {
  if (rights.seesAll()) return () => true
  const { minions } = await takeSnapshot(context)
  return among(minions.filter(({ view }) => rights.sees(view)))
}

function among(minions: readonly FleetMinion[]): (minion: string) => boolean {
  const ids = new Set<string>(minions.map(({ id }) => id))
  return minion => ids.has(minion)
}
