import { z } from 'zod'
import { AppError } from '../../protocol/errors.ts'
import type { MinionId } from '../../protocol/ids.ts'
import { type FleetMinion, takeSnapshot } from '../control/snapshot.ts'
import type { AllocationValue } from '../store/log/fleet-events.ts'
import type { HeldAllocation } from '../store/tables/allocations.ts'
import { suggest } from '../yaml/suggest.ts'
import { defineVerb } from './define.ts'
import { name } from './fields.ts'

/** Verbs for the allocations of minions. */

export interface AllocationRow {
  /** `role/name`, or `role@level` for a role that only one minion of a level has. */
  readonly allocation: string
  readonly minion: string
  readonly value: AllocationValue
  /** ISO 8601. */
  readonly since: string
  /** `idle`: its minion has left the fleet or no longer has the role. */
  readonly state: 'held' | 'idle'
}

const allocationListVerb = defineVerb({
  name: 'allocation-list',
  input: z.strictObject({}),
  right: { on: 'fleet', kind: 'read' },
  async run(context): Promise<{ readonly allocations: readonly AllocationRow[] }> {
    const { minions } = await takeSnapshot(context)
    return { allocations: context.store.allocations.list().map(held => allocationRow(held, minions)) }
  },
})

const allocationReleaseVerb = defineVerb({
  name: 'allocation-release',
  input: z.strictObject({ allocation: name, minion: name }),
  right: { on: 'fleet', kind: 'write' },
  async run(context, { allocation, minion }, { caller: { operator } }) {
    const { allocations } = context.store
    const all = allocations.list()
    const held = all.find(one => one.allocation === allocation && one.minion === minion)
    if (held === undefined || !allocations.release(allocation, minion as MinionId, operator))
      throw notHeld(allocation, minion, all)
    const { minions } = await takeSnapshot(context)
    return allocationRow(held, minions)
  },
})

export const allocationVerbs = [allocationListVerb, allocationReleaseVerb] as const

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
