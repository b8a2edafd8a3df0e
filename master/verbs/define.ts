import type { z } from 'zod'
import type { Caller } from '../access/caller.ts'
import type { VerbRight } from '../access/verb-right.ts'
import type { ControlContext } from '../context.ts'
import type { RunbookEngine } from '../runbooks/engine.ts'

/** The context that verbs work with. */
export interface VerbContext extends ControlContext {
  readonly runbooks: RunbookEngine
}

/** One request of a verb, without its input. */
export interface Asked<Event, Name extends string = string> {
  /** The requested verb. */
  readonly verb: Name
  /** Sends a line while the verb runs. */
  readonly emit: (event: Event) => void
  /** Aborted: the caller has disconnected. */
  readonly signal: AbortSignal
  readonly caller: Caller
}

/** The type of the lines that a verb sends while it runs; no value exists for it. */
export interface Lines<Event> {
  readonly of?: Event
}

/** One operation of the API: its input, who may request it, what it does and what it returns. */
export interface Verb<
  Name extends string = string,
  Input extends z.ZodObject = z.ZodObject,
  Event = unknown,
  Result = unknown,
> {
  /** Name in the API, fleet.yml and the audit log. */
  readonly name: Name
  /** Input schema of the API: unknown members are refused. */
  readonly input: Input
  readonly right: VerbRight & {
    /** Text of the event `operator-acted` in the audit log; absent: the verb only reads, or records an event of its own. */
    noted?(input: z.output<Input>): string
  }
  /** The verb responds with lines (NDJSON) while it runs. */
  readonly streams?: Lines<Event>
  run(context: VerbContext, input: z.output<Input>, asked: Asked<Event, NoInfer<Name>>): Promise<Result>
}

/** Defines a verb. The types of input, lines and result come from the definition itself; `index.ts` lists it. */
export function defineVerb<const Name extends string, Input extends z.ZodObject, Result, Event = never>(
  verb: Verb<Name, Input, Event, Result>,
): Verb<Name, Input, Event, Result> {
  return verb
}

/** Declares the lines of a verb, as `streams: lines<ApplyEvent>()` in its definition. */
export function lines<Event>(): Lines<Event> {
  return {}
}
