import { AppError, type Problem, problemsOf } from '../../protocol/errors.ts'
import type { Caller } from '../access/caller.ts'
import { RightDenied, rightDenied } from '../access/right-denied.ts'
import { type Note, RIGHTS_LOOK_MS, withRights } from '../access/with-rights.ts'
import type { VerbContext } from '../verbs/define.ts'
import { type AnyVerb, type VerbName, verbNamed } from '../verbs/index.ts'
import { problemsOfInput } from './input-problem.ts'

/** Handles a request from a listener. Throws AppError: USAGE for invalid input, RIGHT_DENIED for what the caller may not do. */
export type Dispatch = (
  verb: VerbName,
  input: unknown,
  emit: (event: unknown) => void,
  signal: AbortSignal,
  caller: Caller,
) => Promise<unknown>

interface DispatchDeps {
  readonly note: Note
  /** Monotonic clock, in milliseconds. */
  readonly elapsed: () => number
  /** Records how long each verb took, and the code of its first problem if it failed. */
  readonly metrics: { timeVerb(verb: VerbName, seconds: number, code: Problem['code'] | undefined): void }
  readonly verbNamed?: (name: VerbName) => AnyVerb
  readonly rightsLookMs?: number
}

/** Creates the single entry point for all listeners: input is validated here, and nowhere else. */
export function createDispatch(
  context: VerbContext,
  { note, elapsed, metrics, verbNamed: named = verbNamed, rightsLookMs = RIGHTS_LOOK_MS }: DispatchDeps,
): Dispatch {
  return async (name, input, emit, signal, caller) => {
    const verb = named(name)
    const begun = elapsed()
    let code: Problem['code'] | undefined
    try {
      return await withRights({ caller, signal, note, rightsLookMs }, async (held, ended) => {
        if (!held.rights.allows(name)) throw rightDenied(held, name, [])
        const parsed = verb.input.safeParse(input)
        if (!parsed.success) throw new AppError(problemsOfInput(name, input, parsed.error))
        const tell = (event: unknown): void => {
          if (!ended.aborted) emit(event)
        }
        const asked = { verb: name, emit: tell, signal: ended, caller: held }
        return await noted(verb, parsed.data, held, note, () => verb.run(context, parsed.data as never, asked as never))
      })
    } catch (thrown) {
      code = problemsOf(thrown)[0].code
      throw thrown
    } finally {
      metrics.timeVerb(name, (elapsed() - begun) / 1000, code)
    }
  }
}

/** Appends the event before the answer is sent, so the log has an entry for every secret that was disclosed. */
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
