import type { z } from 'zod'
import { ALL_RIGHTS } from '../../master/access/caller.ts'
import { createDispatch } from '../../master/api/dispatch.ts'
import type { ControlContext } from '../../master/context.ts'
import type { MasterEvent } from '../../master/store/log/events.ts'
import type { Asked, Verb, VerbContext } from '../../master/verbs/define.ts'
import { type EventOfVerb, type ResultOf, type VerbName, type VerbOf, verbNamed } from '../../master/verbs/index.ts'

/** Runs one verb in this process, with validated input. The context needs only what the verb uses. */
export async function runVerb<Name extends string, Input extends z.ZodObject, Event, Result>(
  verb: Verb<Name, Input, Event, Result>,
  context: Partial<ControlContext>,
  input: z.input<Input>,
  asked: Partial<Asked<Event, Name>> = {},
): Promise<Result> {
  return await verb.run(context as VerbContext, verb.input.parse(input), {
    verb: verb.name,
    emit: () => undefined,
    signal: new AbortController().signal,
    caller: { operator: 'root', via: 'socket', rights: ALL_RIGHTS },
    ...asked,
  })
}

/** Verbs defined by a test, by name. */
export type FakeVerbs = {
  readonly [Name in VerbName]?: (
    input: z.output<VerbOf<Name>['input']>,
    asked: Asked<EventOfVerb<Name>>,
  ) => Promise<ResultOf<Name>>
}

/** Creates a dispatch for verbs that a test defines; any other verb throws. */
export function fakeDispatch(verbs: FakeVerbs, note: (event: MasterEvent) => void = () => undefined) {
  return createDispatch({} as VerbContext, {
    note,
    elapsed: () => performance.now(),
    metrics: { timeVerb: () => undefined },
    rightsLookMs: 5,
    verbNamed: name => {
      const run = verbs[name] ?? (() => Promise.reject(new Error(`no ${name} secret-in-message`)))
      return {
        ...verbNamed(name),
        run: (_context: unknown, input: unknown, asked: unknown) => run(input as never, asked as never),
      } as never
    },
  })
}
