import type { Problem } from '../../protocol/errors.ts'
import type { JobId, MinionId } from '../../protocol/ids.ts'
import type { Store } from '../store/open.ts'

/**
 * Ends all runs of a minion whose key was revoked: a pending order must not reach the next minion with this id, and nothing
 * should wait for a report that cannot arrive. Returns the affected jobs. Call it in a transaction.
 */
export function dropRuns({ runs }: Pick<Store, 'runs'>, minion: MinionId, operator: string): readonly JobId[] {
  const revoked = `the key of ${minion} was revoked by ${operator}`
  const never: Problem = {
    code: 'KEY_REVOKED',
    message: `${revoked} before this run was sent`,
    hint: 'See `master keys`.',
  }
  const lost: Problem = {
    code: 'KEY_REVOKED',
    message: `${revoked}: the result of this run is unknown`,
    hint: 'Check the host itself: it may still finish the run.',
  }
  const open = runs.open(minion)
  for (const { id, state } of open) {
    if (state === 'queued') runs.expire(id, never)
    else runs.lose(id, lost)
  }
  return [...new Set(open.map(({ job }) => job))]
}
