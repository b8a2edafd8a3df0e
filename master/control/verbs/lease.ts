import { AppError } from '../../../protocol/errors.ts'
import type { MinionId } from '../../../protocol/ids.ts'
import type { HeldLease } from '../../store/leases.ts'
import { suggest } from '../../yaml/suggest.ts'
import type { LeaseRow } from '../answers/lease-answers.ts'
import type { ControlContext } from '../context.ts'
import type { Verb } from '../dispatch.ts'
import { type FleetMinion, takeSnapshot } from '../snapshot.ts'

/** The verbs about what minions hold. */

export function leaseListVerb(context: ControlContext): Verb<'lease-list'> {
  return async () => {
    const { minions } = await takeSnapshot(context)
    return { leases: context.store.leases.list().map(held => leaseRow(held, minions)) }
  }
}

export function leaseReleaseVerb(context: ControlContext): Verb<'lease-release'> {
  return async ({ lease, minion }, _emit, _signal, { operator }) => {
    const { leases } = context.store
    const all = leases.list()
    const held = all.find(one => one.lease === lease && one.minion === minion)
    if (held === undefined || !leases.release(lease, minion as MinionId, operator)) throw notHeld(lease, minion, all)
    const { minions } = await takeSnapshot(context)
    return leaseRow(held, minions)
  }
}

function leaseRow(held: HeldLease, minions: readonly FleetMinion[]): LeaseRow {
  const [role = '', level] = held.lease.split(/[/@]/)
  const isOfLevel = held.lease.includes('@')
  const isHeld = minions.some(({ id, known, roles, assignment }) => {
    const has = known !== undefined && id === held.minion && roles.includes(role)
    return has && (!isOfLevel || assignment.level === level)
  })
  return { ...held, state: isHeld ? 'held' : 'idle' }
}

function notHeld(lease: string, minion: string, all: readonly HeldLease[]): AppError {
  const same = all.filter(one => one.lease === lease).map(one => one.minion)
  const near = suggest(
    lease,
    all.map(one => one.lease),
  )
  const hint =
    same.length > 0
      ? `It is held by ${same.slice(0, 10).join(', ')}.`
      : near === undefined
        ? 'See `master lease list`.'
        : `Did you mean \`${near}\`?`
  return new AppError({
    code: 'LEASE_UNKNOWN',
    message: `\`${minion.slice(0, 80)}\` does not hold \`${lease.slice(0, 80)}\``,
    hint,
  })
}
