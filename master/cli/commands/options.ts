import { InvalidArgumentError } from 'commander'
import { parseDuration } from '../render/time.ts'

/** One kind of option or argument: how it is written, and how its value is read. */
export interface Kind<Value> {
  /** As commander takes it: `--wait <time>`, `<minion>`. */
  readonly spec: string
  /** Empty for an argument that its name explains. */
  readonly help: string
  /** Throws InvalidArgumentError for text that is no value of this kind; `before` is the value so far. */
  readonly parse?: (text: string, before: never) => unknown
  readonly initial?: unknown
  readonly choices?: readonly string[]
  /** The value from what commander found; undefined: it was not given. */
  read(found: unknown): Value
}

/** Options or arguments by the names that their values get. */
export interface Kinds {
  readonly [name: string]: Kind<unknown>
}

/** The values of these kinds. */
export type ValuesOf<Of extends Kinds> = {
  readonly [Name in keyof Of]: Of[Name] extends Kind<infer Value> ? Value : never
}

/** An option without a value. */
export function flag(spec: string, help: string): Kind<boolean> {
  return { spec, help, read: found => found === true }
}

/** An option that is on unless its `--no-` form is given. */
export function unlessNo(spec: string, help: string): Kind<boolean> {
  return { spec, help, read: found => found !== false }
}

/** An option or optional argument with one text. */
export function text(spec: string, help = ''): Kind<string | undefined> {
  return { spec, help, read: found => (typeof found === 'string' ? found : undefined) }
}

/** A required argument. */
export function one(spec: string, help = ''): Kind<string> {
  return { spec, help, read: String }
}

/** An option or argument with several texts. */
export function texts(spec: string, help = ''): Kind<string[]> {
  return { spec, help, read: found => (Array.isArray(found) ? found.map(String) : []) }
}

/** A target in several words. */
export function target(): Kind<string> {
  return { spec: '<target...>', help: '', read: found => texts('').read(found).join(' ') }
}

/** A target in several words; undefined: none was given. An empty word is a target, which is refused: never everybody. */
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

/** One of a few texts. */
export function choice<Value extends string>(
  spec: string,
  help: string,
  choices: readonly Value[],
): Kind<Value | undefined> {
  return { spec, help, choices, read: found => choices.find(value => value === found) }
}

/** An option whose text is parsed. */
export function parsed<Value>(
  spec: string,
  help: string,
  parse: (text: string, before: Value) => Value,
): Kind<Value | undefined> {
  return { spec, help, parse, read: found => found as Value | undefined }
}

/** The same with a value for when it is not given. */
export function parsedOr<Value>(
  spec: string,
  help: string,
  parse: (text: string, before: Value) => Value,
  initial: Value,
): Kind<Value> {
  return { spec, help, parse, initial, read: found => found as Value }
}

/** For an option that takes a time. */
export function duration(value: string): number {
  const milliseconds = parseDuration(value)
  if (milliseconds !== undefined) return milliseconds
  throw new InvalidArgumentError('A time is a number and s, m, h or d, such as 30m.')
}

/** For an option that takes a whole number. */
export function count(value: string): number {
  if (/^\d{1,9}$/.test(value)) return Number(value)
  throw new InvalidArgumentError('A whole number is needed.')
}

/** The same map without the members that are undefined. */
export function given<Map extends { readonly [name: string]: unknown }>(
  map: Map,
): { readonly [name in keyof Map]?: Exclude<Map[name], undefined> } {
  const entries = Object.entries(map).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { readonly [name in keyof Map]?: Exclude<Map[name], undefined> }
}
