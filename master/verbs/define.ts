import type { z } from 'zod'
import type { Caller } from '../access/caller.ts'
import type { VerbRight } from '../access/verb-right.ts'
import type { ControlContext } from '../context.ts'
import type { RunbookEngine } from '../runbooks/engine.ts'

/** Everything that verbs work with. */
export interface VerbContext extends ControlContext {
  readonly runbooks: RunbookEngine
}

/** One request of a verb, apart from its input. */
export interface Asked<Event, Name extends string = string> {
  /** The verb that was asked for. */
  readonly verb: Name
  /** Sends a line while the verb works. */
  readonly emit: (event: Event) => void
  /** Aborted: nobody listens any more. */
  readonly signal: AbortSignal
  readonly caller: Caller
}

/** The type of the lines that a verb sends while it works; there is no value behind it. */
export interface Lines<Event> {
  readonly of?: Event
}

/** One use case of the API: what it takes, who may ask for it, what it does and what it answers. */
export interface Verb<
  Name extends string = string,
  Input extends z.ZodObject = z.ZodObject,
  Event = unknown,
  Result = unknown,
> {
  /** As the API, fleet.yml and the audit log name it. */
  readonly name: Name
  /** The gate of the API: unknown members are refused. */
  readonly input: Input
  readonly right: VerbRight & {
    /** The audit log gets an event `operator-acted` with this text; absent: it only reads, or an event of its own records it. */
    noted?(input: z.output<Input>): string
  }
  /** It answers with lines (NDJSON) while it works. */
  readonly streams?: Lines<Event>
  run(context: VerbContext, input: z.output<Input>, asked: Asked<Event, NoInfer<Name>>): Promise<Result>
}

/** Types of input, lines and result come from the definition itself; `index.ts` lists it. */
export function defineVerb<const Name extends string, Input extends z.ZodObject, Result, Event = never>(
  verb: Verb<Name, Input, Event, Result>,
): Verb<Name, Input, Event, Result> {
  return verb
}

/** `streams: lines<ApplyEvent>()` in a definition. */
export function lines<Event>(): Lines<Event> {
  return {}
}
