import { AppError, type Problem } from '../../protocol/errors.ts'
import type { FleetProblem } from '../control/fleet-problem.ts'
import type { FleetMinion } from '../control/snapshot.ts'
import type { Rights } from './caller.ts'

const SOMEBODY = 'a minion that you cannot see'
/** A minion id as a whole word of a text. */
const ID = /[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?/g

type Visible = Pick<FleetMinion, 'id' | 'view'>

/** Takes the ids of hidden minions out of a text. Linear in its length. Pure. */
export function textHider(rights: Rights, minions: readonly Visible[]): (text: string) => string {
  if (rights.seesAll()) return text => text
  const hidden = new Set<string>(minions.flatMap(({ id, view }) => (rights.sees(view) ? [] : [id])))
  return text => text.replaceAll(ID, word => (hidden.has(word) ? SOMEBODY : word))
}

/**
 * Hides minion ids in compile problems: a compile reads the whole level, so a problem of a visible minion may name its peers.
 * Pure.
 */
export function problemHider(
  rights: Rights,
  minions: readonly Visible[],
): (problems: readonly FleetProblem[]) => readonly FleetProblem[] {
  if (rights.seesAll()) return problems => problems
  const hide = textHider(rights, minions)
  const visible = new Set<string>(minions.flatMap(({ id, view }) => (rights.sees(view) ? [id] : [])))
  return problems =>
    problems.map(({ minions: about, ...problem }) => {
      const shown = about?.filter(id => visible.has(id)) ?? []
      return {
        ...problem,
        message: hide(problem.message),
        ...(problem.hint === undefined ? {} : { hint: hide(problem.hint) }),
        ...(shown.length === 0 ? {} : { minions: shown }),
      }
    })
}

/** Runs work and hides minion ids in the problems that it throws. */
export async function hidingMinions<Result>(
  hide: (problems: readonly Problem[]) => readonly Problem[],
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work()
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown
    throw new AppError(hide(thrown.problems), { cause: thrown })
  }
}
