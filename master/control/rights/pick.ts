import { selectMinions } from '../../target/match.ts'
import { parseTarget } from '../../target/parse.ts'
import type { ControlContext } from '../context.ts'
import { type FleetMinion, type FleetSnapshot, takeSnapshot } from '../snapshot.ts'
import type { Caller } from './caller.ts'
import { rightDenied } from './right-denied.ts'

/** The minions of a target, in the fleet as it stood when they were picked. */
export interface Picked {
  readonly snapshot: FleetSnapshot
  /** Those that joined and match, by id; at least one. */
  readonly minions: readonly FleetMinion[]
}

/**
 * The one way from target words to minions: TARGET_INVALID, TARGET_EMPTY, and RIGHT_DENIED when the caller may not do
 * this to one of them; a target is never made smaller silently.
 */
export async function pickMinions(
  context: ControlContext,
  caller: Caller,
  verb: string,
  target: string,
): Promise<Picked> {
  const words = parseTarget(target)
  const snapshot = await takeSnapshot(context)
  const joined = snapshot.minions.filter(({ known }) => known !== undefined)
  const views = selectMinions(
    target,
    words,
    joined.map(({ view }) => view),
  )
  const ids = new Set(views.map(({ id }) => id))
  const minions = joined.filter(({ id }) => ids.has(id))
  demandRight(caller, verb, minions)
  return { snapshot, minions }
}

/** Throws RIGHT_DENIED unless the caller may do this to all of them. */
export function demandRight(caller: Caller, verb: string, minions: readonly Pick<FleetMinion, 'id' | 'view'>[]): void {
  const denied = minions.filter(({ view }) => !caller.rights.allowsOn(verb, view)).map(({ id }) => id)
  if (denied.length > 0) throw rightDenied(caller.operator, verb, denied)
}

/**
 * Which minions the answer of a verb may show its caller. A minion that the fleet does not know any more is shown to
 * those only who may see all.
 */
export async function sightOf(
  context: ControlContext,
  caller: Caller,
  verb: string,
): Promise<(minion: string) => boolean> {
  if (caller.rights.everywhere(verb)) return () => true
  const { minions } = await takeSnapshot(context)
  const seen = new Set<string>(minions.flatMap(({ id, view }) => (caller.rights.allowsOn(verb, view) ? [id] : [])))
  return minion => seen.has(minion)
}
