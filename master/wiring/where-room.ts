import { AppError } from '../../protocol/errors.ts'
import type { ControlContext } from '../context.ts'

/** Runs startup work that the next start repeats when there is no space for it now; logs that, and does not prevent the start. */
export function whereRoom(warn: ControlContext['warn'], work: () => void): void {
  try {
    work()
  } catch (thrown) {
    if (!(thrown instanceof AppError) || !thrown.problems.every(({ code }) => code === 'STORE_FULL')) throw thrown
    warn('the disk is too full to migrate data of an older release: the next start tries again', {
      problems: thrown.problems,
    })
  }
}
