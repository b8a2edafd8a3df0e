import { problemsOf } from '../../protocol/errors.ts'
import type { ControlContext } from '../context.ts'

/** Runs work in a later turn of the event loop. An error, for example a full disk, must not end the master. */
export function deferrer(warn: ControlContext['warn']): (work: () => void) => void {
  return work => {
    setImmediate(() => {
      try {
        work()
      } catch (thrown) {
        warn('deferred work failed and will be tried again', { problems: problemsOf(thrown) })
      }
    })
  }
}
