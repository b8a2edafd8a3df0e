import { AppError } from '../../protocol/errors.ts'
import type { ControlContext } from '../context.ts'
import { takeSnapshot } from '../control/snapshot.ts'

/** Unknown roles or levels would otherwise only show when the minion is applied. */
export async function checkBound(
  context: ControlContext,
  roles: readonly string[],
  level: string | undefined,
): Promise<void> {
  if (roles.length === 0 && level === undefined) return
  const { fleet } = await takeSnapshot(context)
  const wrong = roles.filter(role => !fleet.roles.includes(role))
  const problems = wrong.map(role => ({
    code: 'ROLE_UNKNOWN' as const,
    message: `there is no role \`${role.slice(0, 80)}\`; there are ${fleet.roles.join(', ')}`,
    hint: 'See `master roles`.',
  }))
  const noLevel = level !== undefined && !fleet.levels.includes(level)
  const levels = {
    code: 'FLEET_INVALID' as const,
    message: `\`${level?.slice(0, 80) ?? ''}\` is not a level of this fleet; there are ${fleet.levels.join(', ')}`,
    hint: 'Levels are defined in fleet.yml.',
  }
  const all = noLevel ? [...problems, levels] : problems
  if (all.length > 0) throw new AppError(all)
}
