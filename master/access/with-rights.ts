import type { MasterEvent } from '../store/log/events.ts'
import { ALL_RIGHTS, type Caller } from './caller.ts'
import { RightDenied, rightDenied } from './right-denied.ts'
import { type HeldRights, holdRights } from './rights.ts'

/** Where the log hears of refusals, and of what no event of its own tells. */
export type Note = (event: MasterEvent) => void

/** How often it is looked whether the caller of a verb that still works has kept his rights. */
export const RIGHTS_LOOK_MS = 2000

interface Asked {
  readonly caller: Caller
  readonly signal: AbortSignal
  readonly note: Note
  readonly rightsLookMs?: number
}

/**
 * Does something for a caller. It ends with RIGHT_DENIED, and its signal is aborted, soon after a right that it was begun
 * with is taken away; every refusal is an event.
 */
export async function withRights<Result>(
  { caller, signal, note, rightsLookMs = RIGHTS_LOOK_MS }: Asked,
  work: (caller: Caller, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  try {
    // Those of the local administrator and of the schedule are never taken away.
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
  // Nobody may be waiting for it any more when it happens.
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

/** Ids that fit in one event. */
const NAMED_MINIONS = 40

function denialOf({ verb, minions }: RightDenied['denied'][number], { operator, via }: Caller): MasterEvent {
  const event = { type: 'right-denied' as const, operator, verb, via }
  if (minions.length === 0) return event
  const more = minions.length - NAMED_MINIONS
  return { ...event, minions: minions.slice(0, NAMED_MINIONS), ...(more > 0 ? { more } : {}) }
}
