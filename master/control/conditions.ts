import { differences } from '../compliance/definitions.ts'
import type { ControlContext } from '../context.ts'
import type { Condition } from '../target/target.ts'
import { compileMinions } from './compile-minions.ts'
import { lastApplied } from './compliance-facts.ts'
import type { FleetMinion, FleetSnapshot } from './snapshot.ts'

/**
 * Which of the conditions that are asked for hold for each minion. `outdated` compiles the minions, so nothing is looked at that
 * no target asks for.
 */
export async function withConditions<Minion extends FleetMinion>(
  context: ControlContext,
  snapshot: FleetSnapshot,
  minions: readonly Minion[],
  asked: ReadonlySet<Condition>,
): Promise<readonly Minion[]> {
  const outdated = asked.has('outdated') ? await outdatedIds(context, snapshot, minions) : new Set<string>()
  return minions.map(minion => {
    const { id, known } = minion
    const isOnline = context.links.isOnline(id)
    const last = known?.lastRun?.state
    const held: readonly (Condition | false)[] = [
      isOnline ? 'online' : 'offline',
      (last === 'failed' || last === 'expired') && 'failed',
      outdated.has(id) && 'outdated',
    ]
    const conditions = new Set(held.filter(condition => condition !== false))
    return { ...minion, view: { ...minion.view, conditions } }
  })
}

/**
 * Minions whose files of the fleet say something else than what was applied last, or whose catalog cannot be compiled now; also
 * those that nothing was ever applied to.
 */
async function outdatedIds(
  context: ControlContext,
  snapshot: FleetSnapshot,
  minions: readonly FleetMinion[],
): Promise<ReadonlySet<string>> {
  const { compiled } = await compileMinions(context, snapshot, minions, { issue: false })
  const current = new Set<string>()
  for (const { minion, compiled: wanted } of compiled) {
    const applied = lastApplied(context, minion.id)?.catalog
    if (applied !== undefined && differences(applied, wanted.catalog).length === 0) current.add(minion.id)
  }
  return new Set(minions.flatMap(({ id }) => (current.has(id) ? [] : [id])))
}
