import { AppError } from '../../../protocol/errors.ts'
import type { MinionId } from '../../../protocol/ids.ts'
import type { HeldAllocation } from '../../store/allocations.ts'
import { suggest } from '../../yaml/suggest.ts'
import type { AllocationRow } from '../answers/allocation-answers.ts'
import type { ControlContext } from '../context.ts'
import type { Verb } from '../dispatch.ts'
import { type FleetMinion, takeSnapshot } from '../snapshot.ts'

/** The verbs about what minions hold. */

export function allocationListVerb(context: ControlContext): Verb<'allocation-list'> {
  return async () => {
    const { minions } = await takeSnapshot(context)
    return { allocations: context.store.allocations.list().map(held => allocationRow(held, minions)) }
  }
}

export function allocationReleaseVerb(context: ControlContext): Verb<'allocation-release'> {
  return async ({ allocation, minion }, _emit, _signal, { operator }) => {
    const { allocations } = context.store
    const all = allocations.list()
    const held = all.find(one => one.allocation === allocation && one.minion === minion)
    if (held === undefined || !allocations.release(allocation, minion as MinionId, operator))
      throw notHeld(allocation, minion, all)
    const { minions } = await takeSnapshot(context)
    return allocationRow(held, minions)
  }
}

function allocationRow(held: HeldAllocation, minions: readonly FleetMinion[]): AllocationRow {
  const [role = '', level] = held.allocation.split(/[/@]/)
  const isOfLevel = held.allocation.includes('@')
  const isHeld = minions.some(({ id, known, roles, assignment }) => {
    const has = known !== undefined && id === held.minion && roles.includes(role)
    return has && (!isOfLevel || assignment.level === level)
  })
  return { ...held, state: isHeld ? 'held' : 'idle' }
}

function notHeld(allocation: string, minion: string, all: readonly HeldAllocation[]): AppError {
  const same = all.filter(one => one.allocation === allocation).map(one => one.minion)
  const near = suggest(
    allocation,
    all.map(one => one.allocation),
  )
  const hint =
    same.length > 0
      ? `It is held by ${same.slice(0, 10).join(', ')}.`
      : near === undefined
        ? 'See `master allocation list`.'
        : `Did you mean \`${near}\`?`
  return new AppError({
    code: 'ALLOCATION_UNKNOWN',
    message: `\`${minion.slice(0, 80)}\` does not hold \`${allocation.slice(0, 80)}\``,
    hint,
  })
}
