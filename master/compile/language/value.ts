import { Secret } from '../../../protocol/secret.ts'

/** What an expression can be worth. Secrets are leaves that only text, json, base64 and quote may take in. */
export type Value = null | boolean | number | string | Secret<string> | Rendered | readonly Value[] | ValueMap
export interface ValueMap {
  readonly [key: string]: Value
}

/** Text with secrets in it. Text without any is a plain string. */
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

/** True when a secret is in it, at any depth. */
export function holdsSecret(value: Value): boolean {
  if (value instanceof Secret || value instanceof Rendered) return true
  if (Array.isArray(value)) return value.some(holdsSecret)
  return isValueMap(value) && Object.values(value).some(holdsSecret)
}

/** Handlebars' truth: an empty list, empty text, 0, false and null are false. */
export function isTruthy(value: Value): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value)
}

/** Parts joined where both are plain; a string when no secret is among them. */
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

/** The secrets of one catalog, each once, numbered in the order of first use. */
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
