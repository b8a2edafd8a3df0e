import type { z } from 'zod'
import { ALL_RIGHTS } from '../../master/access/caller.ts'
import type { RunVerb } from '../../master/api/dispatch.ts'
import type { ControlContext } from '../../master/context.ts'
import type { Asked, Verb, VerbContext } from '../../master/verbs/define.ts'
import type { AnyVerb, EventOfVerb, ResultOf, VerbName, VerbOf } from '../../master/verbs/index.ts'

/** Runs one verb in this process, with input that passed its gate. The context needs only what the verb uses. */
export async function runVerb<Name extends string, Input extends z.ZodObject, Event, Result>(
  verb: Verb<Name, Input, Event, Result>,
  context: Partial<ControlContext>,
  input: z.input<Input>,
  asked: Partial<Asked<Event>> = {},
): Promise<Result> {
  return await verb.run(context as VerbContext, verb.input.parse(input), {
    emit: () => undefined,
    signal: new AbortController().signal,
    caller: { operator: 'root', via: 'socket', rights: ALL_RIGHTS },
    ...asked,
  })
}

/** What verbs do in a test, by name. */
export type FakeVerbs = {
  readonly [Name in VerbName]?: (
    input: z.output<VerbOf<Name>['input']>,
    asked: Asked<EventOfVerb<Name>>,
  ) => Promise<ResultOf<Name>>
}

/** Runs verbs that a test describes; one that it does not describe throws. */
export function runFake(verbs: FakeVerbs): RunVerb {
  return ({ name }: AnyVerb, input, asked) => {
    const run = verbs[name]
    if (run === undefined) return Promise.reject(new Error(`no ${name} secret-in-message`))
    return run(input as never, asked)
  }
}
