import type { MasterEvent } from '../store/log/events.ts'
import { ALL_RIGHTS, type Caller } from './caller.ts'
import { RightDenied, rightDenied } from './right-denied.ts'
import { type HeldRights, holdRights } from './rights.ts'

/** Appends an event to the log: a refusal, or a use of a verb that has no event of its own. */
export type Note = (event: MasterEvent) => void

/** Interval for checking that callers with requests in progress still have their rights. */
export const RIGHTS_LOOK_MS = 2000

interface Asked {
  readonly caller: Caller
  readonly signal: AbortSignal
  readonly note: Note
  readonly rightsLookMs?: number
}

/**
 * Does work for a caller. Soon after a right that it used is revoked, it fails with RIGHT_DENIED and aborts its signal. Every
 * refusal is logged as an event.
 */
export async function withRights<Result>(
  { caller, signal, note, rightsLookMs = RIGHTS_LOOK_MS }: Asked,
  work: (caller: Caller, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  try {
    // The rights of the local administrator and of schedules are never revoked.
    if (caller.rights === ALL_RIGHTS) return await work(caller, signal)
    const held = holdRights(caller.rights)
    const taken = new AbortController()
    const lost = watch({ ...caller, rights: held }, taken, rightsLookMs)
    try {
      return await Promise.race([
        work({ ...caller, rights: held }, AbortSignal.any([signal, taken.signal])),
        lost.happens,
      ])
    } finally {
      lost.end()
    }
  } catch (thrown) {
    if (thrown instanceof RightDenied) for (const one of thrown.denied) note(denialOf(one, caller))
    throw thrown
  }
}

function watch(
  caller: Caller & { readonly rights: HeldRights },
  taken: AbortController,
  everyMs: number,
): { readonly happens: Promise<never>; readonly end: () => void } {
  const { promise, reject } = Promise.withResolvers<never>()
  // The work may be done already, so a late rejection must not count as unhandled.
  promise.catch(() => undefined)
  const timer = setInterval(() => {
    try {
      const lost = caller.rights.lost()
      if (lost !== undefined) throw rightDenied(caller, lost.verb, lost.minions)
    } catch (thrown) {
      clearInterval(timer)
      reject(thrown)
      taken.abort()
    }
  }, everyMs)
  return { happens: promise, end: () => clearInterval(timer) }
}

/** Number of ids that fit in one event. */
const NAMED_MINIONS = 40

function denialOf({ verb, minions }: RightDenied['denied'][number], { operator, via }: Caller): MasterEvent {
  const event = { type: 'right-denied' as const, operator, verb, via }
  if (minions.length === 0) return event
  const more = minions.length - NAMED_MINIONS
  return { ...event, minions: minions.slice(0, NAMED_MINIONS), ...(more > 0 ? { more } : {}) }
}
