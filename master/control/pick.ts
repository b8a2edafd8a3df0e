import { AppError } from '../../protocol/errors.ts'
import { selectMinions } from '../target/match.ts'
import { parseTarget } from '../target/parse.ts'
import type { Caller } from './caller.ts'
import type { ControlContext } from './context.ts'
import { type FleetMinion, type FleetSnapshot, takeSnapshot } from './snapshot.ts'

/** The minions of a target, in the fleet as it stood when they were picked. */
export interface Picked {
  readonly snapshot: FleetSnapshot
  /** Those that joined and match, by id; at least one. */
  readonly minions: readonly FleetMinion[]
}

/**
 * The one way from target words to minions: TARGET_INVALID, TARGET_EMPTY, and RIGHT_DENIED when the caller may not do
 * this to one of them; a target is never made smaller silently.
 */
export async function pickMinions(
  context: ControlContext,
  caller: Caller,
  verb: string,
  target: string,
): Promise<Picked> {
  const words = parseTarget(target)
  const snapshot = await takeSnapshot(context)
  const joined = snapshot.minions.filter(({ known }) => known !== undefined)
  const views = selectMinions(
    target,
    words,
    joined.map(({ view }) => view),
  )
  const denied = views.filter(view => !caller.rights.allowsOn(verb, view)).map(({ id }) => id)
  if (denied.length > 0) throw rightDenied(caller.operator, verb, denied)
  const ids = new Set(views.map(({ id }) => id))
  return { snapshot, minions: joined.filter(({ id }) => ids.has(id)) }
}

/** RIGHT_DENIED; without minions the verb as a whole is not his. Pure. */
export function rightDenied(operator: string, verb: string, minions: readonly string[]): AppError {
  const named = minions.slice(0, 5).join(', ')
  const more = minions.length > 5 ? ` and ${minions.length - 5} more` : ''
  return new AppError({
    code: 'RIGHT_DENIED',
    message: `${operator} may not \`${verb}\`${minions.length === 0 ? '' : ` on ${named}${more}`}`,
    hint: 'Rights stand in fleet.yml under `operators`; ask who keeps it.',
  })
}
