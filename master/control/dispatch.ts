import type { z } from 'zod'
import { AppError, type Problem, problemsOf } from '../../protocol/errors.ts'
import type { MasterEvent } from '../store/events.ts'
import { type CheckedInput, type EventOfVerb, INPUTS, type ResultOf, type VerbName } from './contract.ts'
import { ALL_RIGHTS, type Caller } from './rights/caller.ts'
import { RightDenied, rightDenied } from './rights/right-denied.ts'
import { type HeldRights, holdRights } from './rights/rights.ts'
import { VERB_RIGHTS, type VerbRight } from './rights/verb-rights.ts'

/** One use case: checked input, lines while it works, answer. `signal`: nobody listens any more. `caller`: who asks. */
export type Verb<Name extends VerbName> = (
  input: CheckedInput<Name>,
  emit: (event: EventOfVerb<Name>) => void,
  signal: AbortSignal,
  caller: Caller,
) => Promise<ResultOf<Name>>

export type VerbTable = { readonly [Name in VerbName]: Verb<Name> }

/** A request of a door. Throws AppError: USAGE for input of another shape, RIGHT_DENIED for what is not the caller's. */
export type Dispatch = (
  verb: VerbName,
  input: unknown,
  emit: (event: unknown) => void,
  signal: AbortSignal,
  caller: Caller,
) => Promise<unknown>

/** Where the log hears of refusals, and of what no event of its own tells. */
export type Note = (event: MasterEvent) => void

/** How often it is looked whether the caller of a verb that still works has kept his rights. */
const RIGHTS_LOOK_MS = 2000

/** The one choke point of all doors: input is checked here, and nowhere else. */
export function createDispatch(verbs: VerbTable, note: Note, rightsLookMs = RIGHTS_LOOK_MS): Dispatch {
  return async (verb, input, emit, signal, caller) => {
    const work = async (held: Caller, ended: AbortSignal): Promise<unknown> => {
      if (!held.rights.allows(verb)) throw rightDenied(held.operator, verb, [])
      const parsed = INPUTS[verb].safeParse(input)
      if (!parsed.success) throw new AppError(problemsOfInput(verb, parsed.error))
      const run = verbs[verb] as Verb<VerbName>
      const tell = (event: unknown): void => {
        if (!ended.aborted) emit(event)
      }
      return await noted(verb, parsed.data, held, note, () => run(parsed.data as never, tell, ended, held))
    }
    return await withRights({ caller, signal, note, rightsLookMs }, work)
  }
}

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
    const lost = watch(caller.operator, held, taken, rightsLookMs)
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
  operator: string,
  held: HeldRights,
  taken: AbortController,
  everyMs: number,
): { readonly happens: Promise<never>; readonly end: () => void } {
  const { promise, reject } = Promise.withResolvers<never>()
  // Nobody may be waiting for it any more when it happens.
  promise.catch(() => undefined)
  const timer = setInterval(() => {
    try {
      const lost = held.lost()
      if (lost !== undefined) throw rightDenied(operator, lost.verb, lost.minions)
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

/** The event stands in the log before the answer is given: a secret that was shown has been told of. */
async function noted(
  verb: VerbName,
  input: unknown,
  { operator, via }: Caller,
  note: Note,
  work: () => Promise<unknown>,
): Promise<unknown> {
  const words = (VERB_RIGHTS[verb] as VerbRight).noted?.(input as never)
  if (words === undefined) return await work()
  const tell = (outcome: 'done' | 'failed', code?: Problem['code']): void => {
    const target = words.length > LONGEST_WORDS ? `${words.slice(0, LONGEST_WORDS)}…` : words
    note({ type: 'operator-acted', operator, verb, via, target, outcome, ...(code === undefined ? {} : { code }) })
  }
  let result: unknown
  try {
    result = await work()
  } catch (thrown) {
    if (!(thrown instanceof RightDenied)) tell('failed', problemsOf(thrown)[0].code)
    throw thrown
  }
  tell('done')
  return result
}

const LONGEST_WORDS = 400

function problemsOfInput(verb: VerbName, error: z.ZodError): readonly Problem[] {
  return error.issues.map(({ path, message }) => ({
    code: 'USAGE',
    message: `${verb}: ${path.length === 0 ? '' : `\`${path.map(String).join('.')}\`: `}${message}`,
  }))
}
