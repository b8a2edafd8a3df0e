import { Secret } from '../../../protocol/secret.ts'

/** A value of an expression. Secrets are leaves that only text, json, base64 and quote accept. */
export type Value = null | boolean | number | string | Secret<string> | Rendered | readonly Value[] | ValueMap
export interface ValueMap {
  readonly [key: string]: Value
}

/** Text that contains secrets; text without secrets is a plain string. */
export class Rendered {
  readonly parts: readonly (string | Secret<string>)[]

  constructor(parts: readonly (string | Secret<string>)[]) {
    this.parts = parts
  }
}

export function isValueMap(value: Value | undefined): value is ValueMap {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Secret) &&
    !(value instanceof Rendered)
  )
}

/** True when the value contains a secret at any depth. */
export function holdsSecret(value: Value): boolean {
  if (value instanceof Secret || value instanceof Rendered) return true
  if (Array.isArray(value)) return value.some(holdsSecret)
  return isValueMap(value) && Object.values(value).some(holdsSecret)
}

/** Truthiness as in Handlebars: an empty list, empty text, 0, false and null are false. */
export function isTruthy(value: Value): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value)
}

/** Joins adjacent plain parts; returns a string when there is no secret. */
export function textOfParts(parts: readonly (string | Secret<string>)[]): string | Rendered {
  const joined: (string | Secret<string>)[] = []
  for (const part of parts) {
    const last = joined.at(-1)
    if (typeof part === 'string' && typeof last === 'string') joined[joined.length - 1] = last + part
    else if (part !== '') joined.push(part)
  }
  if (joined.length === 0) return ''
  const [only] = joined
  return joined.length === 1 && typeof only === 'string' ? only : new Rendered(joined)
}

/** The distinct secrets of one catalog, numbered in the order of first use. */
export class SlotTable {
  readonly secrets: { readonly path: string; readonly value: string }[] = []
  readonly #numbers = new Map<string, number>()

  number(path: string, value: string): number {
    const key = `${path}\0${value}`
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    const next = this.secrets.length
    this.secrets.push({ path, value })
    this.#numbers.set(key, next)
    return next
  }
}
