import type { z } from 'zod/mini'

/**
 * The type of what a schema lets pass, so that each thing of the wire is written once. All members are readonly, and an optional one
 * is absent rather than `undefined`: neither msgpack nor JSON carries that.
 */
export type Wire<Schema extends z.ZodMiniType> = Frozen<z.output<Schema>>

/** The same of what is parsed before it is encoded: an optional member may be `undefined`. */
export type WireInput<Schema extends z.ZodMiniType> = ReadonlyDeep<z.output<Schema>>

type Leaf = Uint8Array | string | number | boolean | null | undefined

type Frozen<Value> = Value extends Leaf
  ? Value
  : Value extends readonly (infer Item)[]
    ? readonly Frozen<Item>[]
    : string extends keyof Value
      ? Readonly<Value>
      : { readonly [Key in keyof Value]: Frozen<Exclude<Value[Key], undefined>> }

type ReadonlyDeep<Value> = Value extends Leaf
  ? Value
  : Value extends readonly (infer Item)[]
    ? readonly ReadonlyDeep<Item>[]
    : string extends keyof Value
      ? Readonly<Value>
      : { readonly [Key in keyof Value]: ReadonlyDeep<Value[Key]> }
