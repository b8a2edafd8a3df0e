import { z } from 'zod/mini'
import type { ErrorCode } from './errors.ts'

/** How an object treats unknown members: `z.object` ignores them, `z.strictObject` refuses them. */
export type Members = typeof z.object | typeof z.strictObject

const text = (maximum: number) => z.string().check(z.maxLength(maximum))
const count = z.int().check(z.minimum(0))

/** Unknown codes are accepted, since they are only shown. */
const code = z.custom<ErrorCode>(value => typeof value === 'string' && value.length <= 64)

const positionOf = (members: Members) => members({ file: text(1024), line: count, column: count })

/** Schema of a problem in a message. */
const problemOf = (members: Members) =>
  members({
    code,
    message: text(8192),
    hint: z.optional(text(2048)),
    source: z.optional(positionOf(members)),
    excerpt: z.optional(text(2048)),
    related: z.optional(z.array(positionOf(members))),
  })

/** Messages of a minion can have members of a newer version; those of a master cannot. */
export const problemFromMinion = problemOf(z.object)
export const problemFromMaster = problemOf(z.strictObject)

/** Schema of a problem in a report: its texts are limited only by the size of the report. */
export const problemInReport = z.object({
  code,
  message: z.string(),
  hint: z.optional(z.string()),
  source: z.optional(z.object({ file: z.string(), line: z.number(), column: z.number() })),
  excerpt: z.optional(z.string()),
  related: z.optional(z.array(z.object({ file: z.string(), line: z.number(), column: z.number() }))),
})
