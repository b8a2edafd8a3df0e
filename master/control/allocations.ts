import type { Problem } from '../../protocol/errors.ts'
import type { MinionId } from '../../protocol/ids.ts'
import { chooseAllocation, isInRange, rangeWords } from '../compile/catalog/allocation-range.ts'
import { type AllocationRequest, allocationRequests } from '../compile/catalog/allocations.ts'
import type { SharedInput } from '../compile/catalog/input.ts'
import type { ControlContext } from '../context.ts'
import type { AllocationValue } from '../store/log/fleet-events.ts'
import { createPace } from './pace.ts'
import { namedFor, singletonAllocation } from './singletons.ts'
import { type FleetMinion, type FleetSnapshot, sharedOf } from './snapshot.ts'

type Context = Pick<ControlContext, 'store' | 'keys' | 'registry'>

interface Options {
  /** True: missing values are allocated and stored. False: they are only computed, so that reading changes nothing. */
  readonly issue: boolean
  /** Minions whose problems are reported; others are reported when they are compiled themselves. */
  readonly minions: ReadonlySet<MinionId>
}

/** Allocated values: by allocation, then by minion id. */
type Held = Map<string, Map<MinionId, AllocationValue>>

/** Problems that prevent compiling, by minion. */
export type Broken = Map<MinionId, readonly Problem[]>

/**
 * Returns the snapshot with the allocations of all minions of these levels, made in the order of their ids. A minion keeps its
 * values until they are released.
 */
export async function allocateMinions(
  context: Context,
  snapshot: FleetSnapshot,
  levels: ReadonlySet<string>,
  { issue, minions }: Options,
): Promise<{ readonly snapshot: FleetSnapshot; readonly broken: Broken }> {
  if (issue) grantSingletons(context, snapshot, levels)
  const broken: Broken = new Map()
  const thought: Held = new Map()
  for (const { allocation, minion, value } of context.store.allocations.list())
    ofAllocation(thought, allocation).set(minion, value)
  const shared = new Map<string, SharedInput>()
  const allocateOne = (minion: FleetMinion): FleetMinion => {
    const { subject } = minion
    if (subject === undefined || !levels.has(subject.level)) return minion
    const ofLevel = shared.get(subject.level) ?? sharedOf(context, snapshot, subject.level)
    shared.set(subject.level, ofLevel)
    const wanted = allocationRequests(ofLevel, subject)
    if (wanted.requests.length === 0 && wanted.problems.length === 0) return minion
    const found: Problem[] = [...wanted.problems]
    const allocations = new Map<string, AllocationValue>()
    for (const request of wanted.requests) {
      const give = issue && minion.known !== undefined ? grant : think
      const value = give(context, thought, request, minion.id)
      if (value === undefined) found.push(exhausted(request, minion.id, snapshot))
      else if (!isInRange(request.range, value)) found.push(outside(request, minion.id, value, snapshot))
      else allocations.set(request.allocation, value)
    }
    if (minions.has(minion.id) && found.length > 0) broken.set(minion.id, found)
    return { ...minion, subject: { ...subject, allocations } }
  }
  const pace = createPace()
  const allocated: FleetMinion[] = []
  for (const minion of snapshot.minions) {
    allocated.push(allocateOne(minion))
    await pace()
  }
  return { snapshot: { ...snapshot, minions: allocated }, broken }
}

function grant(
  { store }: Context,
  _thought: Held,
  { allocation, range }: AllocationRequest,
  id: MinionId,
): AllocationValue | undefined {
  return store.allocations.grant(allocation, id, taken => chooseAllocation(range, taken))?.value
}

function think(
  _context: Context,
  thought: Held,
  { allocation, range }: AllocationRequest,
  id: MinionId,
): AllocationValue | undefined {
  const held = ofAllocation(thought, allocation)
  const own = held.get(id)
  if (own !== undefined) return own
  const value = chooseAllocation(range, [...held.values()])
  if (value !== undefined) held.set(id, value)
  return value
}

function ofAllocation(thought: Held, allocation: string): Map<MinionId, AllocationValue> {
  const held = thought.get(allocation) ?? new Map<MinionId, AllocationValue>()
  thought.set(allocation, held)
  return held
}

/** Makes the minion that the inventory names the first holder of a singleton role. */
function grantSingletons({ store }: Context, snapshot: FleetSnapshot, levels: ReadonlySet<string>): void {
  for (const { name, singleton } of snapshot.library.roles.values()) {
    if (!singleton) continue
    for (const level of levels) {
      const allocation = singletonAllocation(name, level)
      const [first, ...others] = namedFor(name, level, snapshot.minions)
      const joined = snapshot.minions.some(({ id, known }) => id === first && known !== undefined)
      if (first === undefined || others.length > 0 || !joined || store.allocations.holders(allocation).length > 0)
        continue
      store.allocations.grant(allocation, first, taken => (taken.length === 0 ? 'holder' : undefined))
    }
  }
}

function exhausted({ allocation, range, position }: AllocationRequest, id: MinionId, snapshot: FleetSnapshot): Problem {
  return {
    code: 'ALLOCATION_EXHAUSTED',
    message: `no value of \`${allocation}\` is left for ${id}: all of ${rangeWords(range)} is allocated`,
    hint: 'Extend the range, or release unused values: `master allocation list`.',
    source: position,
    ...excerptOf(snapshot, position),
  }
}

function outside(
  { allocation, range, position }: AllocationRequest,
  id: MinionId,
  value: AllocationValue,
  snapshot: FleetSnapshot,
): Problem {
  return {
    code: 'ALLOCATION_OUTSIDE',
    message: `${id} holds \`${String(value)}\` of \`${allocation}\`, and the role now wants ${rangeWords(range)}`,
    hint: `To let it get another value: \`master allocation release ${allocation} ${id}\`.`,
    source: position,
    ...excerptOf(snapshot, position),
  }
}

function excerptOf({ library }: FleetSnapshot, position: AllocationRequest['position']): Pick<Problem, 'excerpt'> {
  const excerpt = library.lineOf(position)
  return excerpt === undefined ? {} : { excerpt }
}
