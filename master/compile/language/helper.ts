import { Secret } from '../../../protocol/secret.ts'
import { wrong } from './helper-values.ts'
import type { Environment } from './scope.ts'
import { Rendered, type Value, type ValueMap } from './value.ts'

/** One Handlebars helper of the role language. */
export interface Helper {
  readonly arity: readonly [least: number, most: number]
  readonly example: string
  /** Whether a secret may be an argument. */
  readonly takesSecrets?: true
  /** Names of the arguments that it takes by name; undefined: none. */
  readonly named?: readonly string[]
  /** Whether an absent name is null instead of an error. */
  readonly forgives?: true
  run(values: readonly Value[], named: ValueMap, environment: Environment): Value
}

export function helper(arity: Helper['arity'], example: string, run: Helper['run']): Helper {
  return { arity, example, run }
}

/** A helper that writes a secret in another form: the result is a secret again. */
export function secretHelper(
  example: string,
  how: string,
  derive: (clear: string) => string,
  plainly: (value: Value) => string,
): Helper {
  return {
    arity: [1, 1],
    example,
    takesSecrets: true,
    run([value = null], _named, environment) {
      if (value instanceof Secret) return environment.deriveSecret(value, how, derive)
      if (value instanceof Rendered) throw wrong('a single secret or plain text', value)
      return plainly(value)
    },
  }
}
