import type { Kind } from './kinds.ts'

/** One argument of a state type. */
export interface Param<T> {
  readonly kind: Kind<unknown>
  readonly help: string
  /** `required`: it must be given. `optional`: undefined when not given. `default`: the value when not given. */
  readonly presence: 'required' | 'optional' | 'default'
  readonly default?: unknown
  /** Only for the type. */
  readonly type?: T
}

export interface Params {
  readonly [name: string]: Param<unknown>
}

/** What `read` and `plan` get: each argument checked, defaults filled in, and the name of the thing. */
export type ParamValues<P extends Params> = {
  readonly [K in keyof P]: P[K] extends Param<infer T> ? T : never
} & { readonly name: string }

export function required<T>(kind: Kind<T>, help: string): Param<T> {
  return { kind, help, presence: 'required' }
}

export function optional<T>(kind: Kind<T>, help: string): Param<T | undefined> {
  return { kind, help, presence: 'optional' }
}

export function withDefault<T>(kind: Kind<T>, value: NoInfer<T>, help: string): Param<T> {
  return { kind, help, presence: 'default', default: value }
}
