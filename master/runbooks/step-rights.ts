import type { Caller } from '../access/caller.ts'
import { RightDenied } from '../access/right-denied.ts'
import type { ControlContext } from '../context.ts'
import { type FleetMinion, takeSnapshot } from '../control/snapshot.ts'
import { mayMatch } from '../target/match.ts'
import { parseSaved } from '../target/parse.ts'
import type { Plan, PlannedStep } from './plan.ts'
import { readersIn } from './readers.ts'

/** Right needed to move a singleton, because its holder loses it. */
export const MOVE_RIGHT = 'allocation-release'

/** Steps still to be done, and steps that may be undone. */
export interface StepsAhead {
  readonly work: readonly PlannedStep[]
  readonly undo: readonly PlannedStep[]
}

/** A verb and the minions that it needs rights on; none means the whole fleet. */
interface Need {
  readonly verb: 'run' | 'apply' | typeof MOVE_RIGHT
  readonly minions: readonly FleetMinion[]
}

/** Throws RIGHT_DENIED with every right that the caller lacks for these steps. The executors check each step again. */
export async function demandStepRights(
  context: ControlContext,
  caller: Caller,
  plan: Plan,
  { work, undo }: StepsAhead,
): Promise<void> {
  const { minions, fleet } = await takeSnapshot(context)
  const needs: Need[] = []
  const run = (id: string): void => {
    needs.push({ verb: 'run', minions: minions.filter(one => one.id === id) })
  }
  for (const one of work) {
    const { work: what } = one.step
    if (what.kind === 'run') run(plan.text(what.program.on, one))
    else if (what.kind === 'allocation') needs.push({ verb: MOVE_RIGHT, minions: [] })
    else if (what.kind === 'apply') {
      const target = parseSaved(plan.text(what.target, one), fleet.groups)
      const readers = new Set(await readersIn(context, plan.level, what.readersOf, { issue: false }))
      const picked = minions.filter(({ id, known, view }) => {
        return known !== undefined && (mayMatch(target, view) || readers.has(id))
      })
      needs.push({ verb: 'apply', minions: picked })
    }
  }
  for (const one of undo) {
    const { work: what, undo: back } = one.step
    if (what.kind === 'allocation') needs.push({ verb: MOVE_RIGHT, minions: [] })
    if (back !== undefined) run(plan.text(back.on, one))
  }
  refuseMissing(caller, needs)
}

function refuseMissing(caller: Caller, needs: readonly Need[]): void {
  const { rights } = caller
  const denied = new Map<string, Set<string>>()
  for (const { verb, minions } of needs) {
    if (!rights.allows(verb)) denied.set(verb, denied.get(verb) ?? new Set())
    for (const { id, view } of minions) {
      if (!rights.allowsOn(verb, view)) denied.set(verb, (denied.get(verb) ?? new Set<string>()).add(id))
    }
  }
  const denials = [...denied].map(([verb, ids]) => ({ caller, verb, minions: [...ids].sort() }))
  const [first, ...others] = denials
  if (first !== undefined) throw new RightDenied(first, ...others)
}
