import { Secret } from '../../../protocol/secret.ts'
import { ExpressionError } from './scope.ts'
import { isValueMap, Rendered, type Value, type ValueMap } from './value.ts'

/** Creates the error for a helper argument of the wrong type. */
export function wrong(expected: string, found: Value | undefined): ExpressionError {
  const name =
    found === null || found === undefined
      ? 'nothing'
      : Array.isArray(found)
        ? `a list of ${found.length}`
        : typeof found === 'object'
          ? found instanceof Rendered || found instanceof Secret
            ? 'a secret'
            : 'a map'
          : `${typeof found} \`${String(found)}\``
  return new ExpressionError({ code: 'EXPRESSION_INVALID', message: `expected ${expected}, got ${name}` })
}

/** Converts a text, number or boolean to text. */
export function text(value: Value | undefined): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw wrong('text', value)
}

/** Converts a number, also from text. Throws ExpressionError for one that would be rounded. */
export function number(value: Value | undefined): number {
  if (typeof value === 'number') return exact(value, String(value))
  if (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value)) return exact(Number(value), value)
  throw wrong('a number', value)
}

/** Returns a number. Throws ExpressionError for a whole number that is too large to be exact. */
export function exact(value: number, written = String(value)): number {
  if (!Number.isInteger(value) || Number.isSafeInteger(value)) return value
  throw new ExpressionError({
    code: 'EXPRESSION_INVALID',
    message: `\`${written}\` is too large to calculate with: whole numbers go up to ${Number.MAX_SAFE_INTEGER}`,
    hint: 'Write the result as text, in quotes.',
  })
}

/** Converts a divisor, which must not be 0. */
export function nonZero(value: Value | undefined): number {
  const divisor = number(value)
  if (divisor === 0) throw wrong('a number other than 0', value)
  return divisor
}

/** Converts a whole number within these limits; needed because a grain can be any number. */
export function size(value: Value | undefined, least: number, most: number): number {
  const found = number(value)
  if (!Number.isInteger(found) || found < least || found > most) {
    throw wrong(`a whole number from ${least} to ${most}`, value)
  }
  return found
}

/** Returns a list. Throws ExpressionError for anything else. */
export function list(value: Value | undefined): readonly Value[] {
  if (Array.isArray(value)) return value
  throw wrong('a list', value)
}

/** Returns a map. Throws ExpressionError for anything else. */
export function map(value: Value | undefined): ValueMap {
  if (isValueMap(value)) return value
  throw wrong('a map', value)
}
