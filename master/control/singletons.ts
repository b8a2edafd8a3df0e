import type { MinionId } from '../../protocol/ids.ts'
import type { RoleLibrary } from '../compile/role/library.ts'
import type { Assignment } from '../fleet/inventory.ts'
import type { HeldAllocation } from '../store/tables/allocations.ts'
import type { Minion } from '../store/tables/minions.ts'

/** Roles that one minion of a level has: which one is an allocation, and the inventory names only the first holder. All pure. */

/** Of a role that only one minion of a level may have. */
export interface Holder {
  readonly role: string
  readonly level: string
  readonly minion: MinionId
  /** Minions that the inventory gives the role; after a promotion it may still name the old one. */
  readonly inventory: readonly MinionId[]
}

export function singletonAllocation(role: string, level: string): string {
  return `${role}@${level}`
}

/**
 * What a minion has when the allocations overrule the inventory: who lost such a role keeps what the role includes. An allocation outlives the
 * key of its holder: who joined later by a token for more than this id does not inherit it, and keeps what its own token names.
 */
export function overruled(
  assignment: Assignment,
  id: MinionId,
  library: RoleLibrary,
  held: readonly HeldAllocation[],
  known?: Pick<Minion, 'joinedAs' | 'acceptedAt'>,
): Assignment {
  const { level } = assignment
  if (level === undefined) return assignment
  let roles = assignment.roles
  for (const { name, singleton, include } of library.roles.values()) {
    if (!singleton) continue
    const [holder] = held.filter(({ allocation }) => allocation === singletonAllocation(name, level))
    if (holder === undefined) continue
    if (holder.minion === id) {
      if (!joinedLater(id, holder, known)) roles = [...new Set([...roles, name])]
    } else roles = [...new Set(roles.flatMap(role => (role === name ? include.map(one => one.name) : [role])))]
  }
  return { ...assignment, roles }
}

function joinedLater(
  id: MinionId,
  { since }: HeldAllocation,
  known: Pick<Minion, 'joinedAs' | 'acceptedAt'> | undefined,
): boolean {
  const choseItsId = known?.joinedAs !== undefined && known.joinedAs !== id
  return choseItsId && (known.acceptedAt === undefined || since < known.acceptedAt)
}

interface Named {
  readonly id: MinionId
  /** As the inventory and its join token say it. */
  readonly named: Assignment
}

/** Every such role that is held, and whom the inventory names for it. */
export function holdersOf(
  library: RoleLibrary,
  minions: readonly Named[],
  held: readonly HeldAllocation[],
): readonly Holder[] {
  return held.flatMap(({ allocation, minion }) => {
    const [role = '', level] = allocation.split('@')
    if (level === undefined || library.roles.get(role)?.singleton !== true) return []
    return [{ role, level, minion, inventory: namedFor(role, level, minions) }]
  })
}

/** Whom the inventory gives a role in a level. */
export function namedFor(role: string, level: string, minions: readonly Named[]): readonly MinionId[] {
  return minions.filter(({ named }) => named.level === level && named.roles.includes(role)).map(({ id }) => id)
}
