import type { z } from 'zod/mini'

/**
 * The output type of a schema, so that each value of the wire is defined only once. All members are readonly, and an optional
 * one is absent rather than `undefined`, which neither msgpack nor JSON can represent.
 */
export type Wire<Schema extends z.ZodMiniType> = Frozen<z.output<Schema>>

/** The same for values that are parsed before they are encoded: an optional member may be `undefined`. */
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
