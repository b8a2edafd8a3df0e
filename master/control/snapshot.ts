import { createHmac, createPublicKey } from 'node:crypto'
import { AppError } from '../../protocol/errors.ts'
import type { Grains } from '../../protocol/grains.ts'
import type { MinionId } from '../../protocol/ids.ts'
import { isNetwork, versionOf } from '../address/address.ts'
import { deriveExports, effectiveRoleNames } from '../compile/catalog/derive.ts'
import type { CompileSubject, Exports, Pending, Refused, SharedInput } from '../compile/catalog/input.ts'
import { RoleViews } from '../compile/catalog/role-views.ts'
import type { RoleLibrary } from '../compile/role/library.ts'
import type { ControlContext } from '../context.ts'
import { type Assignment, assign, leftOpenBy } from '../fleet/inventory.ts'
import { type Fleet, textOf } from '../fleet/load.ts'
import { loadPillar, type PillarFiles, pillarFor, withheldMatches } from '../pillar/for-minion.ts'
import { loadKeyring } from '../pillar/keyring.ts'
import type { HeldAllocation } from '../store/tables/allocations.ts'
import type { Minion } from '../store/tables/minions.ts'
import type { LeftOpen, TargetView } from '../target/match.ts'
import type { TrustedAddresses } from './addresses.ts'
import { type GitState, gitStateOf } from './git.ts'
import { parsedOf } from './parsed-fleet.ts'
import { lastSchedule } from './schedule-in-force.ts'
import { type Holder, holdersOf, overruled } from './singletons.ts'
import type { SnapshotOrdinal } from './snapshot-order.ts'

/** A minion, with data from the fleet and the store. */
export interface FleetMinion {
  readonly id: MinionId
  /** Undefined when it is in the inventory but never joined. */
  readonly known: Minion | undefined
  readonly assignment: Assignment
  /** From inventory and join token, before an allocation overrides them. */
  readonly named: Assignment
  /** Assigned and included roles. */
  readonly roles: readonly string[]
  readonly view: TargetView
  /** Matched by pillar/top.yml; includes what the join token was for. */
  readonly pillarView: TargetView
  /** Matches of pillar/top.yml that do not apply, because the minion chose its own id. */
  readonly withheldMatches: readonly string[]
  readonly addresses: TrustedAddresses
  /** Undefined when it has no level, so nothing can be compiled for it. */
  readonly subject: CompileSubject | undefined
}

/** The fleet as one verb sees it from start to end. */
export interface FleetSnapshot {
  /** Of two snapshots, the one with the higher ordinal is newer. */
  readonly ordinal: SnapshotOrdinal
  readonly fleet: Fleet
  /** Loaded on demand, because it starts programs. */
  readonly git: () => Promise<GitState | undefined>
  readonly library: RoleLibrary
  readonly pillar: PillarFiles
  /** Accepted minions, and ids in the inventory that have not joined; sorted by id. */
  readonly minions: readonly FleetMinion[]
  /** Minions that hold singleton roles. */
  readonly holders: readonly Holder[]
}

/** Input shared by the minions of one level. */
export interface LevelInput {
  readonly shared: SharedInput
  readonly exports: Exports
  readonly pending: Pending
  /** Values that do not fit their exports. */
  readonly refused: Refused
  /** Reported values that do not fit their exports. */
  readonly unfit: Refused
}

/**
 * Reads the fleet directory; never returns content from before the call. Throws the problems of the fleet's own files; roles
 * are checked by the compile.
 */
export function takeSnapshot(context: ControlContext): Promise<FleetSnapshot> {
  return context.snapshots.read(async () => {
    const { fleet: read, library } = parsedOf(context.fleetReader, await context.fleetReader.read(), context.rights)
    const fleet = read.scheduleProblems.length === 0 ? read : { ...read, schedule: lastSchedule(context.store) }
    if (fleet.id !== context.fleetId) {
      throw new AppError({
        code: 'FLEET_INVALID',
        message: `the fleet's id is \`${fleet.id}\`, this master was started for \`${context.fleetId}\``,
        hint: 'The id is part of every signature: restore the old one in fleet.yml.',
        source: { file: 'fleet.yml', line: 1, column: 1 },
      })
    }
    const opener = { fleet: fleet.id, keys: await loadKeyring(context.keys.pillarDirectory) }
    const pillar = loadPillar(path => textOf(fleet, path), opener, fleet.broken, fleet.groups)
    const held = context.store.allocations.list()
    context.addresses.learn(fleet.inventory)
    const ofMinion = Map.groupBy(context.store.addresses.list(), ({ minion }) => minion)
    const accepted = context.store.minions.list().filter(({ fingerprint }) => fingerprint !== undefined)
    const joined = new Set<string>(accepted.map(({ id }) => id))
    const waited = fleet.inventory.map(({ pattern }) => pattern).filter(id => !/[*?]/.test(id) && !joined.has(id))
    const leftOpen = leftOpenIn(fleet, library)
    const minions = [
      ...accepted.map(known => ({ id: known.id, known })),
      ...waited.map(id => ({ id: id as MinionId, known: undefined })),
    ]
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map(({ id, known }) => {
        const trusted: Trust = named => context.addresses.trusted(id, named, ofMinion.get(id) ?? [], known)
        return fleetMinion({ fleet, library, pillar, held, trusted, leftOpen }, id, known)
      })
    const ordinal = context.snapshots.next()
    let git: Promise<GitState | undefined> | undefined
    return {
      ordinal,
      fleet,
      git: () => (git ??= gitStateOf(fleet.directory)),
      library,
      pillar,
      minions,
      holders: holdersOf(library, minions, held),
    }
  })
}

/** Caches the result for all minions with the same kind of token. */
function leftOpenIn(
  { inventory }: Fleet,
  library: RoleLibrary,
): (id: MinionId, joinedAs: string | undefined) => LeftOpen | undefined {
  const known = new Map<string, LeftOpen>()
  return (id, joinedAs) => {
    if (joinedAs === undefined || joinedAs === id) return undefined
    const found = known.get(joinedAs)
    if (found !== undefined) return found
    const { roles, levels } = leftOpenBy(inventory, joinedAs)
    const leftOpen = { roles: effectiveRoleNames(library, roles), levels }
    known.set(joinedAs, leftOpen)
    return leftOpen
  }
}

type Trust = (named: readonly string[]) => TrustedAddresses

function fleetMinion(
  {
    fleet,
    library,
    pillar,
    held,
    trusted,
    leftOpen,
  }: Pick<FleetSnapshot, 'fleet' | 'library' | 'pillar'> & {
    readonly held: readonly HeldAllocation[]
    readonly trusted: Trust
    readonly leftOpen: (id: MinionId, joinedAs: string | undefined) => LeftOpen | undefined
  },
  id: MinionId,
  known: Minion | undefined,
): FleetMinion {
  const enrolled =
    known === undefined ? undefined : { roles: known.roles ?? [], level: known.level, joinedAs: known.joinedAs }
  const named = assign(fleet.inventory, id, enrolled)
  const assignment = overruled(named, id, library, held, known)
  const roles = effectiveRoleNames(library, assignment.roles)
  const view = { id, roles, level: assignment.level, grains: { ...known?.grains } }
  const pillarView = { ...view, joinedAs: known?.joinedAs, leftOpen: leftOpen(id, known?.joinedAs) }
  const { level, vars } = assignment
  const addresses = trusted(assignment.addresses)
  const subject =
    level === undefined
      ? undefined
      : {
          id,
          level,
          roles: assignment.roles,
          vars,
          ...(addresses.address === undefined ? {} : { address: addresses.address }),
          addresses: addresses.all,
          grains: withAddress(known?.grains, assignment.addresses),
          pillar: pillarFor(pillar, pillarView),
          views: new RoleViews(),
        }
  return {
    id,
    known,
    assignment,
    named,
    roles,
    view,
    pillarView,
    withheldMatches: withheldMatches(pillar, pillarView),
    addresses,
    subject,
  }
}

/** Replaces the reported address: the operator's address in the inventory overrides the minion's claim. */
function withAddress(grains: Grains | undefined, addresses: readonly string[]): Grains | undefined {
  const ip4 = addresses.find(address => versionOf(address) === 4 && !isNetwork(address))
  return grains === undefined || ip4 === undefined ? grains : { ...grains, ip4 }
}

/** Builds the input for all compiles of one level; derives the exports of the whole level first. */
export function levelInput(
  context: Pick<ControlContext, 'keys' | 'registry' | 'store'>,
  snapshot: FleetSnapshot,
  level: string,
): LevelInput {
  const peers = snapshot.minions.filter(({ subject }) => subject?.level === level)
  const shared = sharedOf(context, snapshot, level)
  const reported = peers.map(({ id }) => [id, context.store.minions.exports(id) ?? {}] as const)
  const subjects = peers.flatMap(({ subject }) => subject ?? [])
  return { shared, ...deriveExports(shared, subjects, new Map(reported)) }
}

/** Builds the input that expressions of one level use before exports are derived. */
export function sharedOf(
  context: Pick<ControlContext, 'keys' | 'registry'>,
  { fleet, library, minions }: FleetSnapshot,
  level: string,
): SharedInput {
  const peers = minions.filter(({ subject }) => subject?.level === level)
  return {
    fleet: fleet.id,
    revision: fleet.revision,
    ...(fleet.schedule.highstate === undefined ? {} : { highstate: fleet.schedule.highstate }),
    library,
    members: peers.map(({ id, roles, subject }) => ({ id, level, roles, address: subject?.address })),
    registry: context.registry,
    mac: text => createHmac('sha256', context.keys.slot).update(text).digest('base64'),
    publicKey: publicKeyOf,
  }
}

function publicKeyOf(pem: string): string | undefined {
  try {
    return createPublicKey(pem).export({ type: 'spki', format: 'der' }).toString('base64')
  } catch {
    return undefined
  }
}
