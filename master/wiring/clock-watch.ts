import { problemsOf } from '../../protocol/errors.ts'
import type { ControlContext } from '../context.ts'
import type { LiveLinks } from './links.ts'

/** Looks whether the clock of the master was changed: the time of day moved, and the time that passed did not. */
export interface ClockWatch {
  /** Checks the clock; call it about once a second. */
  look(): void
}

interface Deps {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Milliseconds of a monotonic clock. */
  readonly elapsed: () => number
  /** Called when the clock was set, with the milliseconds (negative: back). */
  readonly changed: (byMs: number) => void
  /** Sends the time to every minion. */
  readonly tellTime: () => void
}

/** A clock that is slewed moves by less than this between two checks. */
const STEP_MS = 1000
/** A minion accepts an earlier time only after it was sent twice, more than a second apart. */
const TELL_AGAIN = 2
const LOOK_MS = 1000

export function createClockWatch({ now, elapsed, changed, tellTime }: Deps): ClockWatch {
  let offset = now() - elapsed()
  let again = 0
  return {
    look() {
      const byMs = Math.round(now() - elapsed() - offset)
      offset += byMs
      if (Math.abs(byMs) >= STEP_MS) {
        changed(byMs)
        again = TELL_AGAIN
        tellTime()
      } else if (again > 0) {
        again -= 1
        tellTime()
      }
    },
  }
}

/**
 * Records when the clock of this master was set, calls `onSet`, and sends the new time to the minions. Returns how to stop it.
 */
export function watchClock(
  { now, store, links, warn }: Pick<ControlContext, 'now' | 'store' | 'warn'> & { readonly links: LiveLinks },
  elapsed: () => number,
  onSet: () => void,
): () => void {
  const watch = createClockWatch({
    now,
    elapsed,
    changed(byMs) {
      warn('the clock of the master was changed', { byMs })
      onSet()
      try {
        store.log.append({ type: 'master-clock-changed', byMs })
      } catch (thrown) {
        // For example a full disk: the minions must be informed anyway.
        warn('the clock change could not be stored', { problems: problemsOf(thrown) })
      }
    },
    tellTime: () => links.tellTime(),
  })
  const timer = setInterval(() => watch.look(), LOOK_MS)
  return () => clearInterval(timer)
}
