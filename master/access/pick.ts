import type { ControlContext } from '../context.ts'
import { withConditions } from '../control/conditions.ts'
import { type FleetMinion, type FleetSnapshot, takeSnapshot } from '../control/snapshot.ts'
import type { Group } from '../fleet/groups.ts'
import { matches } from '../target/match.ts'
import { conditionsIn } from '../target/parse.ts'
import type { Caller, Rights } from './caller.ts'
import { pickAmong } from './pick-among.ts'

/** The minions of a target, in the fleet as it was when they were selected. */
export interface Picked {
  readonly snapshot: FleetSnapshot
  /** Joined minions that match, sorted by id; at least one. */
  readonly minions: readonly FleetMinion[]
}

/** Resolves a target to minions. Every verb uses this; see `pickAmong` for its errors. */
export async function pickMinions(
  context: ControlContext,
  caller: Caller,
  verb: string,
  target: string,
): Promise<Picked> {
  const snapshot = await takeSnapshot(context)
  const joined = snapshot.minions.filter(({ known }) => known !== undefined)
  // Nothing is found out about a minion that the caller cannot see.
  const seen = joined.filter(({ view }) => caller.rights.sees(view))
  const looked = new Map((await lookedAt(context, snapshot, target, seen)).map(one => [one.id, one]))
  const minions = joined.map(one => looked.get(one.id) ?? one)
  const groups = groupsAmong(caller.rights, snapshot.fleet.groups, seen)
  return { snapshot, minions: pickAmong(caller, verb, target, minions, groups) }
}

/** The same minions with the conditions that a target asks for. TARGET_SYNTAX. */
export async function lookedAt(
  context: ControlContext,
  snapshot: FleetSnapshot,
  target: string,
  minions: readonly FleetMinion[],
): Promise<readonly FleetMinion[]> {
  const asked = conditionsIn(target)
  return asked.size === 0 ? minions : await withConditions(context, snapshot, minions, asked)
}

/** All groups for whoever sees all minions; for others those that some of these minions are in: they do not learn that any other exists. Pure. */
export function groupsAmong(
  rights: Rights,
  groups: ReadonlyMap<string, Group>,
  seen: readonly Pick<FleetMinion, 'view'>[],
): ReadonlyMap<string, Group> {
  if (rights.seesAll()) return groups
  return new Map([...groups].filter(([, { target }]) => seen.some(({ view }) => matches(target, view))))
}

/**
 * Decides which minions a verb's result may show to its caller. Minions that are no longer in the fleet are only shown to
 * callers who may see all.
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

/** Decides which minions the caller may know of, by any right. */
export async function visibleTo(context: ControlContext, { rights }: Caller): Promise<(minion: string) => boolean> {
  if (rights.seesAll()) return () => true
  const { minions } = await takeSnapshot(context)
  return among(minions.filter(({ view }) => rights.sees(view)))
}

function among(minions: readonly FleetMinion[]): (minion: string) => boolean {
  const ids = new Set<string>(minions.map(({ id }) => id))
  return minion => ids.has(minion)
}
