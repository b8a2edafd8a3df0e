import { AppError } from '../../protocol/errors.ts'
import type { ControlContext } from '../context.ts'

/** Work of a start that the next start does again when there is no room for it now: told, and no reason not to start. */
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
