import { z } from 'zod/mini'

const text = (maximum: number) => z.string().check(z.maxLength(maximum))
const count = z.int().check(z.minimum(0))
const position = z.strictObject({ file: text(1024), line: count, column: count })

/** The gate of a problem that came over a wire. */
export const problemGate = z.strictObject({
  code: text(64),
  message: text(8192),
  hint: z.optional(text(2048)),
  source: z.optional(position),
  excerpt: z.optional(text(2048)),
  related: z.optional(z.array(position)),
})
