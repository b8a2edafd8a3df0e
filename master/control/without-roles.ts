import type { FleetProblem } from './fleet-problem.ts'
import type { FleetMinion } from './snapshot.ts'

/**
 * Minions that nothing is applied to, since no role is for them: an apply of such a minion is done at once and does nothing. Those
 * with entries of the inventory that do not count are left out: they are told so. Pure.
 */
export function withoutRoles(minions: readonly Pick<FleetMinion, 'id' | 'roles' | 'named'>[]): readonly FleetProblem[] {
  return minions.flatMap(({ id, roles, named }): readonly FleetProblem[] => {
    if (roles.length > 0 || named.withheld.length > 0) return []
    return [
      {
        code: 'ROLES_MISSING',
        message: `\`${id}\` has no roles, so nothing is applied to it`,
        hint: `Add it to inventory.yml: \`${id}: {roles: [base], level: ${named.level ?? 'staging'}}\`.`,
        minions: [id],
      },
    ]
  })
}
