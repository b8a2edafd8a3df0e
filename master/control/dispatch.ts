import type { z } from 'zod'
import { AppError, type Problem } from '../../protocol/errors.ts'
import type { Caller } from './caller.ts'
import { type CheckedInput, type EventOfVerb, INPUTS, type ResultOf, type VerbName } from './contract.ts'
import { rightDenied } from './pick.ts'

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

/** The one choke point of all doors: input is checked here, and nowhere else. */
export function createDispatch(verbs: VerbTable): Dispatch {
  return async (verb, input, emit, signal, caller) => {
    if (!caller.rights.allows(verb)) throw rightDenied(caller.operator, verb, [])
    const parsed = INPUTS[verb].safeParse(input)
    if (!parsed.success) throw new AppError(problemsOfInput(verb, parsed.error))
    const run = verbs[verb] as Verb<VerbName>
    return run(parsed.data as never, emit, signal, caller)
  }
}

function problemsOfInput(verb: VerbName, error: z.ZodError): readonly Problem[] {
  return error.issues.map(({ path, message }) => ({
    code: 'USAGE',
    message: `${verb}: ${path.length === 0 ? '' : `\`${path.map(String).join('.')}\`: `}${message}`,
  }))
}
