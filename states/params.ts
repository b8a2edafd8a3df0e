import type { Kind } from './kinds.ts'

/** One argument of a state type. */
export interface Param<T> {
  readonly kind: Kind<unknown>
  readonly help: string
  /** `required`: must be given. `optional`: undefined when not given. `default`: has a value when not given. */
  readonly presence: 'required' | 'optional' | 'default'
  readonly default?: unknown
  /** Used only by the type system. */
  readonly type?: T
}

export interface Params {
  readonly [name: string]: Param<unknown>
}

/** Arguments for `read` and `plan`: checked, with defaults filled in, and the name. */
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
