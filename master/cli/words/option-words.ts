import { InvalidArgumentError } from 'commander'
import { parseDuration } from '../render/time.ts'

/** What commander tells of the options of a command. */
export interface Options {
  readonly [name: string]: unknown
}

/** The value of an option that was given once. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** The values of an option that may be given several times. */
export function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : []
}

/** The same map without the members that are undefined. */
export function given<Map extends { readonly [name: string]: unknown }>(
  map: Map,
): { readonly [name in keyof Map]?: Exclude<Map[name], undefined> } {
  const entries = Object.entries(map).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { readonly [name in keyof Map]?: Exclude<Map[name], undefined> }
}

/** For an option that takes a time. */
export function durationOption(value: string): number {
  const milliseconds = parseDuration(value)
  if (milliseconds !== undefined) return milliseconds
  throw new InvalidArgumentError('A time is a number and s, m, h or d, such as 30m.')
}

/** For an option that takes a whole number. */
export function countOption(value: string): number {
  if (/^\d{1,9}$/.test(value)) return Number(value)
  throw new InvalidArgumentError('A whole number is needed.')
}

/** The value of an option that `durationOption` or `countOption` read. */
export function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}
