import { targetLabel } from '../target/label.ts'
import { parseTarget } from '../target/parse.ts'
import { exactIds } from '../target/target.ts'

/**
 * Returns the target of a job as it may be shown to a caller who sees only some minions: as it was typed, or, when it names
 * another minion, the list of those minions of the job that they see. Pure.
 */
export function targetSeen(target: string, minions: readonly string[], sees: (minion: string) => boolean): string {
  return minions.every(sees) && !namesHidden(target, sees) ? target : listOf(minions.filter(sees))
}

function listOf(minions: readonly string[]): string {
  return targetLabel([...new Set(minions)].sort().join(','))
}

/**
 * True when the target names a minion that the caller cannot see, such as an offline one without a run or one after `not`. A
 * shortened label that does not parse as a target counts as naming one. Pure.
 */
function namesHidden(target: string, sees: (minion: string) => boolean): boolean {
  try {
    return exactIds(parseTarget(target)).some(id => !sees(id))
  } catch {
    return true
  }
}
