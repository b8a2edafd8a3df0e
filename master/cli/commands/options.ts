import { InvalidArgumentError } from 'commander'
import { parseDuration } from '../render/time.ts'

/** A kind of option or argument: its syntax, and how to read its value. */
export interface Kind<Value> {
  /** Syntax for commander: `--wait <time>`, `<minion>`. */
  readonly spec: string
  /** Empty for an argument whose name explains it. */
  readonly help: string
  /** Throws InvalidArgumentError for invalid text; `before` is the value so far. */
  readonly parse?: (text: string, before: never) => unknown
  readonly initial?: unknown
  readonly choices?: readonly string[]
  /** Converts commander's value; undefined when the option was not given. */
  read(found: unknown): Value
}

/** Options or arguments, by the names of their values. */
export interface Kinds {
  readonly [name: string]: Kind<unknown>
}

/** Values of these options or arguments. */
export type ValuesOf<Of extends Kinds> = {
  readonly [Name in keyof Of]: Of[Name] extends Kind<infer Value> ? Value : never
}

/** Defines an option without a value. */
export function flag(spec: string, help: string): Kind<boolean> {
  return { spec, help, read: found => found === true }
}

/** Defines an option that is on unless its `--no-` form is given. */
export function unlessNo(spec: string, help: string): Kind<boolean> {
  return { spec, help, read: found => found !== false }
}

/** Defines an option or optional argument with one text. */
export function text(spec: string, help = ''): Kind<string | undefined> {
  return { spec, help, read: found => (typeof found === 'string' ? found : undefined) }
}

/** Defines a required argument. */
export function one(spec: string, help = ''): Kind<string> {
  return { spec, help, read: String }
}

/** Defines an option or argument with several texts. */
export function texts(spec: string, help = ''): Kind<string[]> {
  return { spec, help, read: found => (Array.isArray(found) ? found.map(String) : []) }
}

/** Defines a required target of one or more words. */
export function target(): Kind<string> {
  return { spec: '<target...>', help: '', read: found => texts('').read(found).join(' ') }
}

/**
 * Defines an optional target of one or more words; undefined when absent. An empty word counts as a target and is refused, so
 * it never means all minions.
 */
export function maybeTarget(): Kind<string | undefined> {
  return {
    spec: '[target...]',
    help: '',
    read: found => {
      const words = texts('').read(found)
      return words.length === 0 ? undefined : words.join(' ')
    },
  }
}

/** Defines an option with a fixed set of values. */
export function choice<Value extends string>(
  spec: string,
  help: string,
  choices: readonly Value[],
): Kind<Value | undefined> {
  return { spec, help, choices, read: found => choices.find(value => value === found) }
}

/** Defines an option with a parsed value. */
export function parsed<Value>(
  spec: string,
  help: string,
  parse: (text: string, before: Value) => Value,
): Kind<Value | undefined> {
  return { spec, help, parse, read: found => found as Value | undefined }
}

/** Defines an option with a parsed value and a default. */
export function parsedOr<Value>(
  spec: string,
  help: string,
  parse: (text: string, before: Value) => Value,
  initial: Value,
): Kind<Value> {
  return { spec, help, parse, initial, read: found => found as Value }
}

/** Parses a duration, in milliseconds. */
export function duration(value: string): number {
  const milliseconds = parseDuration(value)
  if (milliseconds !== undefined) return milliseconds
  throw new InvalidArgumentError('A time is a number and s, m, h or d, such as 30m.')
}

/** Parses a whole number. */
export function count(value: string): number {
  if (/^\d{1,9}$/.test(value)) return Number(value)
  throw new InvalidArgumentError('A whole number is needed.')
}

/** Copies a map without its undefined members. */
export function given<Map extends { readonly [name: string]: unknown }>(
  map: Map,
): { readonly [name in keyof Map]?: Exclude<Map[name], undefined> } {
  const entries = Object.entries(map).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { readonly [name in keyof Map]?: Exclude<Map[name], undefined> }
}
