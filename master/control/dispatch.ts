import type { z } from 'zod'
import { AppError, type Problem } from '../../protocol/errors.ts'
import { type CheckedInput, type EventOfVerb, INPUTS, type ResultOf, type VerbName } from './contract.ts'

/** One use case: checked input, lines while it works, answer. `signal`: nobody listens any more. */
export type Verb<Name extends VerbName> = (
  input: CheckedInput<Name>,
  emit: (event: EventOfVerb<Name>) => void,
  signal: AbortSignal,
) => Promise<ResultOf<Name>>

export type VerbTable = { readonly [Name in VerbName]: Verb<Name> }

/** A request of a door. Throws AppError: USAGE for input of another shape. */
export type Dispatch = (
  verb: VerbName,
  input: unknown,
  emit: (event: unknown) => void,
  signal: AbortSignal,
) => Promise<unknown>

/** The one choke point of all doors: input is checked here, and nowhere else. */
export function createDispatch(verbs: VerbTable): Dispatch {
  return async (verb, input, emit, signal) => {
    const parsed = INPUTS[verb].safeParse(input)
    if (!parsed.success) throw new AppError(problemsOfInput(verb, parsed.error))
    const run = verbs[verb] as (input: unknown, emit: (event: unknown) => void, signal: AbortSignal) => Promise<unknown>
    return run(parsed.data, emit, signal)
  }
}

function problemsOfInput(verb: VerbName, error: z.ZodError): readonly Problem[] {
  return error.issues.map(({ path, message }) => ({
    code: 'USAGE',
    message: `${verb}: ${path.length === 0 ? '' : `\`${path.map(String).join('.')}\`: `}${message}`,
  }))
}
