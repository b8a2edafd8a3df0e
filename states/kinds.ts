import { isSlotText } from '../protocol/catalog.ts'
import { isSha256 } from '../protocol/ids.ts'
import { isJsonObject, type Json } from '../protocol/json.ts'
import { type MaybeSecret, Secret } from '../protocol/secret.ts'
import type { Content, PlainContent } from './action.ts'

/** Kind of an argument's value. `expected` completes the sentence "`mode` must be ...". */
export interface Kind<T> {
  readonly expected: string
  /** Replaces `expected` in the hash of a state type, so that a change of wording does not change the hash. */
  readonly shape?: string
  /** Whether text with secrets is allowed: as slots in a catalog, as a `Secret` when bound. */
  readonly secret: boolean
  check(value: unknown): Checked<T>
}

type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: Fault }

/** Where inside the value (`[0].name`, empty for the value itself), what was expected there, and what was found. */
export interface Fault {
  readonly at: string
  readonly expected: string
  readonly found: string
  readonly hint?: string
}

export function text(expected = 'text'): Kind<string> {
  return ofString(expected, () => true)
}

/** Text that matches a pattern: one non-empty line. */
export function word(expected: string, pattern: RegExp): Kind<string> {
  return ofString(expected, value => pattern.test(value))
}

export function oneOf<const Choice extends string>(...choices: readonly Choice[]): Kind<Choice> {
  const expected = `one of ${choices.map(choice => `\`${choice}\``).join(', ')}`
  return ofString(expected, value => (choices as readonly string[]).includes(value)) as Kind<Choice>
}

/** An absolute path without `.`, `..`, `//` or a trailing slash. */
export function absolutePath(): Kind<string> {
  const plain = (value: string): boolean =>
    value === '/' || (/^(\/[^/\0\n]+)+$/.test(value) && !value.split('/').some(part => part === '.' || part === '..'))
  return ofString('an absolute path', plain)
}

/** A quoted four-digit octal string such as `"0644"`, as in chmod(1). */
export function fileMode(): Kind<string> {
  const expected = 'a quoted four-digit octal string, for example `"0644"`'
  return {
    expected,
    shape: "four octal digits in quotes, such as '0644'",
    secret: false,
    check(value) {
      if (typeof value === 'string' && /^[0-7]{4}$/.test(value)) return { ok: true, value }
      const digits = typeof value === 'number' || typeof value === 'string' ? String(value) : ''
      const hint = /^[0-7]{3,4}$/.test(digits) ? `Write \`mode: "${digits.padStart(4, '0')}"\`.` : undefined
      return fault(expected, value, hint)
    },
  }
}

export function flag(): Kind<boolean> {
  return {
    expected: '`true` or `false`',
    secret: false,
    check: value => (typeof value === 'boolean' ? { ok: true, value } : fault('`true` or `false`', value)),
  }
}

export function integer(minimum: number, maximum: number): Kind<number> {
  const expected = `a whole number from ${minimum} to ${maximum}`
  return {
    expected,
    secret: false,
    check(value) {
      if (typeof value === 'number' && Number.isInteger(value) && value >= minimum && value <= maximum) {
        return { ok: true, value }
      }
      return fault(expected, value, typeof value === 'string' ? plainNumberHint(value) : undefined)
    },
  }
}

/** Text, or a number converted to text, for values that are written to files (`sysctl`). */
export function scalarText(): Kind<string> {
  const expected = 'text or a number'
  return {
    expected,
    secret: false,
    check(value) {
      if (typeof value === 'number') return { ok: true, value: String(value) }
      return typeof value === 'string' ? { ok: true, value } : fault(expected, value, quotedHint(value))
    },
  }
}

/** The same kind, but a number may be written without quotes. */
export function orNumber<T>(kind: Kind<T>): Kind<T> {
  return { ...kind, check: value => kind.check(typeof value === 'number' ? String(value) : value) }
}

/** Suggests how to write a number; undefined for text that is not a number. Pure. */
export function plainNumberHint(written: string): string | undefined {
  const number = /^[+-]?(\d+(\.0*)?|0[xo][\da-f]+)$/i.test(written) ? Number(written) : Number.NaN
  return Number.isSafeInteger(number) ? `Write the number as plain digits: \`${number}\`.` : undefined
}

/** A hint for a number or boolean where text is expected. */
function quotedHint(value: unknown): string | undefined {
  const isPlain = typeof value === 'number' || typeof value === 'boolean'
  return isPlain ? `Put it in quotes: \`"${value}"\`.` : undefined
}

/** Text that can contain secrets. */
export function secretText(): Kind<MaybeSecret> {
  return { expected: 'text', secret: true, check: checkMaybeSecret }
}

/** Content of a file: text, text with secrets, or `{blob, size}`, to which the compiler converts a large source. */
export function fileContent(): Kind<Content> {
  return {
    expected: 'text',
    secret: true,
    check(value) {
      if (isBlob(value)) return { ok: true, value }
      return checkMaybeSecret(value)
    },
  }
}

/** Like `fileContent`, but without secrets, for a state that must read the content. */
export function plainContent(): Kind<PlainContent> {
  return {
    expected: 'text without secrets',
    secret: false,
    check(value) {
      if (isBlob(value)) return { ok: true, value }
      return typeof value === 'string' ? { ok: true, value } : fault('text without secrets', value, quotedHint(value))
    },
  }
}

/** A list; a single value counts as a list of one. */
export function listOf<T>(item: Kind<T>, expected = `a list, each ${item.expected}`): Kind<readonly T[]> {
  return {
    expected,
    secret: item.secret,
    check(value) {
      const items = Array.isArray(value) ? value : isJsonObject(value) && !item.secret ? undefined : [value]
      if (items === undefined || value === null || value === undefined) return fault(expected, value)
      return checkAll(items.map((entry, index) => [`[${index}]`, item.check(entry)]))
    },
  }
}

/** An argv: program and arguments as separate texts. A single text is refused with a hint. */
export function argvList(): Kind<readonly string[]> {
  const expected = 'a list of program and arguments'
  return {
    expected,
    secret: false,
    check(value) {
      if (typeof value === 'string') {
        const words = value
          .trim()
          .split(/\s+/)
          .map(part => JSON.stringify(part))
        return fault(expected, value, `Write \`[${words.join(', ')}]\`.`)
      }
      if (!Array.isArray(value) || value.length === 0) return fault(expected, value)
      return checkAll(value.map((entry, index) => [`[${index}]`, scalarText().check(entry)]))
    },
  }
}

/** A map with arbitrary keys. */
export function mapOf<T>(item: Kind<T>): Kind<{ readonly [key: string]: T }> {
  const expected = `a map, each value ${item.expected}`
  return {
    expected,
    secret: item.secret,
    check(value) {
      if (!isJsonObject(value)) return fault(expected, value)
      const keys = Object.keys(value)
      const checked = checkAll(keys.map(key => [`.${key}`, item.check(value[key])]))
      if (!checked.ok) return checked
      return { ok: true, value: Object.fromEntries(keys.map((key, index) => [key, checked.value[index] as T])) }
    },
  }
}

function ofString(expected: string, accept: (value: string) => boolean): Kind<string> {
  return {
    expected,
    secret: false,
    check(value) {
      if (typeof value === 'string' && accept(value)) return { ok: true, value }
      return fault(expected, value, typeof value !== 'string' && accept(String(value)) ? quotedHint(value) : undefined)
    },
  }
}

/** The hash becomes a file name on the minion, so nothing but a hash is accepted. */
function isBlob(value: unknown): value is Extract<PlainContent, object> {
  if (!isJsonObject(value) || Object.keys(value).length !== 2) return false
  const { blob, size } = value
  return typeof blob === 'string' && isSha256(blob) && typeof size === 'number'
}

function checkMaybeSecret(value: unknown): Checked<MaybeSecret> {
  if (typeof value === 'string' || value instanceof Secret) return { ok: true, value }
  // Slots stay as they are in a catalog; binding has already replaced them with Secrets.
  if (isSlotText(value as Json)) return { ok: true, value: value as unknown as MaybeSecret }
  return fault('text', value, quotedHint(value))
}

function checkAll<T>(checks: readonly (readonly [string, Checked<T>])[]): Checked<readonly T[]> {
  const values: T[] = []
  for (const [at, checked] of checks) {
    if (!checked.ok) return { ok: false, fault: { ...checked.fault, at: at + checked.fault.at } }
    values.push(checked.value)
  }
  return { ok: true, value: values }
}

function fault(expected: string, value: unknown, hint?: string): { readonly ok: false; readonly fault: Fault } {
  const found = describeValue(value)
  return { ok: false, fault: hint === undefined ? { at: '', expected, found } : { at: '', expected, found, hint } }
}

/** Describes a wrong value for an error: short, and never a secret. */
export function describeValue(value: unknown): string {
  if (value instanceof Secret || (isJsonObject(value) && isSlotText(value))) return 'a secret'
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object') return 'a map'
  if (typeof value === 'string')
    return `the text ${JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value)}`
  if (typeof value === 'number') return `the number ${value}`
  return typeof value === 'boolean' ? `\`${value}\`` : `a ${typeof value}`
}
