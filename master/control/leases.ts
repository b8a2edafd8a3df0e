import type { Problem } from '../../protocol/errors.ts'
import type { MinionId } from '../../protocol/ids.ts'
import type { SharedInput } from '../compile/derive.ts'
import { chooseLease, isInRange, rangeWords } from '../compile/lease-range.ts'
import { type LeaseRequest, leaseRequests } from '../compile/leases.ts'
import type { LeaseValue } from '../store/lease-events.ts'
import type { ControlContext } from './context.ts'
import { createPace } from './pace.ts'
import { namedFor, singletonLease } from './singletons.ts'
import { type FleetMinion, type FleetSnapshot, sharedOf } from './snapshot.ts'

type Context = Pick<ControlContext, 'store' | 'keys' | 'registry'>

interface Options {
  /** True: what is missing is given and remembered. False: it is only thought of, so that looking changes nothing. */
  readonly issue: boolean
  /** Whose problems are told: those of others come when they are compiled themselves. */
  readonly minions: ReadonlySet<MinionId>
}

/** What is held of each lease, by minion. */
type Held = Map<string, Map<MinionId, LeaseValue>>

/** What stops a minion from being compiled, by minion. */
export type Broken = Map<MinionId, readonly Problem[]>

/**
 * The same fleet with the leases of all minions of these levels, given in the order of their ids. A minion keeps what it
 * has for as long as nobody releases it.
 */
export async function leaseMinions(
  context: Context,
  snapshot: FleetSnapshot,
  levels: ReadonlySet<string>,
  { issue, minions }: Options,
): Promise<{ readonly snapshot: FleetSnapshot; readonly broken: Broken }> {
  if (issue) grantSingletons(context, snapshot, levels)
  const broken: Broken = new Map()
  const thought: Held = new Map()
  for (const { lease, minion, value } of context.store.leases.list()) ofLease(thought, lease).set(minion, value)
  const shared = new Map<string, SharedInput>()
  const leaseOne = (minion: FleetMinion): FleetMinion => {
    const { subject } = minion
    if (subject === undefined || !levels.has(subject.level)) return minion
    const ofLevel = shared.get(subject.level) ?? sharedOf(context, snapshot, subject.level)
    shared.set(subject.level, ofLevel)
    const wanted = leaseRequests(ofLevel, subject)
    if (wanted.requests.length === 0 && wanted.problems.length === 0) return minion
    const found: Problem[] = [...wanted.problems]
    const leases = new Map<string, LeaseValue>()
    for (const request of wanted.requests) {
      const give = issue && minion.known !== undefined ? grant : think
      const value = give(context, thought, request, minion.id)
      if (value === undefined) found.push(exhausted(request, minion.id, snapshot))
      else if (!isInRange(request.range, value)) found.push(outside(request, minion.id, value, snapshot))
      else leases.set(request.lease, value)
    }
    if (minions.has(minion.id) && found.length > 0) broken.set(minion.id, found)
    return { ...minion, subject: { ...subject, leases } }
  }
  const pace = createPace()
  const leased: FleetMinion[] = []
  for (const minion of snapshot.minions) {
    leased.push(leaseOne(minion))
    await pace()
  }
  return { snapshot: { ...snapshot, minions: leased }, broken }
}

function grant(
  { store }: Context,
  _thought: Held,
  { lease, range }: LeaseRequest,
  id: MinionId,
): LeaseValue | undefined {
  return store.leases.grant(lease, id, taken => chooseLease(range, taken))?.value
}

function think(_context: Context, thought: Held, { lease, range }: LeaseRequest, id: MinionId): LeaseValue | undefined {
  const held = ofLease(thought, lease)
  const own = held.get(id)
  if (own !== undefined) return own
  const value = chooseLease(range, [...held.values()])
  if (value !== undefined) held.set(id, value)
  return value
}

function ofLease(thought: Held, lease: string): Map<MinionId, LeaseValue> {
  const held = thought.get(lease) ?? new Map<MinionId, LeaseValue>()
  thought.set(lease, held)
  return held
}

/** The first holder of a role that one minion may have is whom the inventory names, when it names one. */
function grantSingletons({ store }: Context, snapshot: FleetSnapshot, levels: ReadonlySet<string>): void {
  for (const { name, singleton } of snapshot.library.roles.values()) {
    if (!singleton) continue
    for (const level of levels) {
      const lease = singletonLease(name, level)
      const [first, ...others] = namedFor(name, level, snapshot.minions)
      const joined = snapshot.minions.some(({ id, known }) => id === first && known !== undefined)
      if (first === undefined || others.length > 0 || !joined || store.leases.holders(lease).length > 0) continue
      store.leases.grant(lease, first, taken => (taken.length === 0 ? 'holder' : undefined))
    }
  }
}

function exhausted({ lease, range, position }: LeaseRequest, id: MinionId, snapshot: FleetSnapshot): Problem {
  return {
    code: 'LEASE_EXHAUSTED',
    message: `nothing is left of \`${lease}\` for ${id}: all of ${rangeWords(range)} is held`,
    hint: 'Make the range wider, or release what nobody needs: `master lease list`.',
    source: position,
    ...excerptOf(snapshot, position),
  }
}

function outside(
  { lease, range, position }: LeaseRequest,
  id: MinionId,
  value: LeaseValue,
  snapshot: FleetSnapshot,
): Problem {
  return {
    code: 'LEASE_OUTSIDE',
    message: `${id} holds \`${String(value)}\` of \`${lease}\`, and the role now wants ${rangeWords(range)}`,
    hint: `If it may get another one: \`master lease release ${lease} ${id}\`.`,
    source: position,
    ...excerptOf(snapshot, position),
  }
}

function excerptOf({ library }: FleetSnapshot, position: LeaseRequest['position']): Pick<Problem, 'excerpt'> {
  const excerpt = library.lineOf(position)
  return excerpt === undefined ? {} : { excerpt }
}
