import { z } from 'zod'
import { LONGEST_TARGET } from '../target/parse.ts'

const DAY_MS = 24 * 3_600_000

/** Input members that many verbs share. */
export const target = z.string().min(1).max(LONGEST_TARGET)
export const name = z.string().min(1).max(200)
export const milliseconds = z
  .number()
  .int()
  .min(0)
  .max(30 * DAY_MS)

/** How long a caller waits: a timer of more than 2^31 ms, slightly above this, would fire at once. */
export const patience = milliseconds.max(24 * DAY_MS)
