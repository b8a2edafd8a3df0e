import { AppError, type Problem, problemsOf } from '../../protocol/errors.ts'
import type { Caller } from '../access/caller.ts'
import { RightDenied, rightDenied } from '../access/right-denied.ts'
import { type Note, RIGHTS_LOOK_MS, withRights } from '../access/with-rights.ts'
import type { Asked, VerbContext } from '../verbs/define.ts'
import { type AnyVerb, type VerbName, verbNamed } from '../verbs/index.ts'
import { problemsOfInput } from './input-problem.ts'

/** A request of a door. Throws AppError: USAGE for input of another shape, RIGHT_DENIED for what is not the caller's. */
export type Dispatch = (
  verb: VerbName,
  input: unknown,
  emit: (event: unknown) => void,
  signal: AbortSignal,
  caller: Caller,
) => Promise<unknown>

/** Runs a verb with input that was checked. */
export type RunVerb = (verb: AnyVerb, input: unknown, asked: Asked<unknown>) => Promise<unknown>

/** Runs verbs with everything that they work with. */
export function runIn(context: VerbContext): RunVerb {
  return (verb, input, asked) => verb.run(context, input as never, asked)
}

/** The one choke point of all doors: input is checked here, and nowhere else. */
export function createDispatch(run: RunVerb, note: Note, rightsLookMs = RIGHTS_LOOK_MS): Dispatch {
  return async (name, input, emit, signal, caller) => {
    const verb = verbNamed(name)
    const work = async (held: Caller, ended: AbortSignal): Promise<unknown> => {
      if (!held.rights.allows(name)) throw rightDenied(held, name, [])
      const parsed = verb.input.safeParse(input)
      if (!parsed.success) throw new AppError(problemsOfInput(name, input, parsed.error))
      const tell = (event: unknown): void => {
        if (!ended.aborted) emit(event)
      }
      const asked = { emit: tell, signal: ended, caller: held }
      return await noted(verb, parsed.data, held, note, () => run(verb, parsed.data, asked))
    }
    return await withRights({ caller, signal, note, rightsLookMs }, work)
  }
}

/** Appends the event before the answer is given, so the log has an entry for every secret that was shown. */
async function noted(
  { name: verb, right }: AnyVerb,
  input: unknown,
  { operator, via }: Caller,
  note: Note,
  work: () => Promise<unknown>,
): Promise<unknown> {
  const words = right.noted?.(input as never)
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
