import type { MinionId } from '../../protocol/ids.ts'
import type { RoleLibrary } from '../compile/role/library.ts'
import type { Assignment } from '../fleet/inventory.ts'
import type { HeldAllocation } from '../store/tables/allocations.ts'
import type { Minion } from '../store/tables/minions.ts'

/**
 * Singleton roles, which one minion per level has. An allocation decides which; the inventory only names the first holder. All
 * pure.
 */

/** The minion that holds a singleton role. */
export interface Holder {
  readonly role: string
  readonly level: string
  readonly minion: MinionId
  /** Minions to which the inventory gives the role; after a promotion, that can still be the old one. */
  readonly inventory: readonly MinionId[]
}

export function singletonAllocation(role: string, level: string): string {
  return `${role}@${level}`
}

/**
 * Computes a minion's assignment when allocations override the inventory. A minion that lost a singleton role keeps the roles
 * that it includes. An allocation outlives the key of its holder: a minion that joined later with a token for more than this id
 * does not inherit it, and keeps what its own token names.
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
  /** From the inventory and the join token. */
  readonly named: Assignment
}

/** Lists the held singleton roles, and the minions that the inventory names for them. */
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

/** Lists the minions to which the inventory gives a role in a level. */
export function namedFor(role: string, level: string, minions: readonly Named[]): readonly MinionId[] {
  return minions.filter(({ named }) => named.level === level && named.roles.includes(role)).map(({ id }) => id)
}
