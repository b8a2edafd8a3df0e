import { Secret } from '../../../protocol/secret.ts'
import { ExpressionError } from './scope.ts'
import { isValueMap, Rendered, type Value, type ValueMap } from './value.ts'

/** The words for a value that is not what a helper takes. */
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

/** Text, also of a number or a flag. */
export function text(value: Value | undefined): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw wrong('text', value)
}

/** A number, also from text; one that a computer would round is an ExpressionError. */
export function number(value: Value | undefined): number {
  if (typeof value === 'number') return exact(value, String(value))
  if (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value)) return exact(Number(value), value)
  throw wrong('a number', value)
}

/** The result of arithmetic, or an ExpressionError when it is too large to be right. */
export function exact(value: number, written = String(value)): number {
  if (!Number.isInteger(value) || Number.isSafeInteger(value)) return value
  throw new ExpressionError({
    code: 'EXPRESSION_INVALID',
    message: `\`${written}\` is too large to calculate with: whole numbers go up to ${Number.MAX_SAFE_INTEGER}`,
    hint: 'Write the result as text, in quotes.',
  })
}

/** A number that one can divide by. */
export function nonZero(value: Value | undefined): number {
  const divisor = number(value)
  if (divisor === 0) throw wrong('a number other than 0', value)
  return divisor
}

/** A whole number within these; it may come from a grain, and then it is any number. */
export function size(value: Value | undefined, least: number, most: number): number {
  const found = number(value)
  if (!Number.isInteger(found) || found < least || found > most) {
    throw wrong(`a whole number from ${least} to ${most}`, value)
  }
  return found
}

/** A list, or an ExpressionError. */
export function list(value: Value | undefined): readonly Value[] {
  if (Array.isArray(value)) return value
  throw wrong('a list', value)
}

/** A map, or an ExpressionError. */
export function map(value: Value | undefined): ValueMap {
  if (isValueMap(value)) return value
  throw wrong('a map', value)
}
