import { z } from 'zod'
import { applyMinions } from '../jobs/apply.ts'
import type { ApplyEvent } from '../jobs/results.ts'
import { defineVerb, lines } from './define.ts'
import { milliseconds, patience, target } from './fields.ts'

const ORDER = z.strictObject({
  target,
  waitMs: patience.default(0),
  splayMs: milliseconds.default(0),
  /** Stops the whole job when a minion cannot be compiled or encrypted for. */
  strict: z.boolean().default(false),
  /** Include unchanged states in the result. */
  unchanged: z.boolean().default(false),
  /** Number of slowest states to include in the result. */
  slowest: z.number().int().min(0).max(100).default(0),
})

export const applyVerb = defineVerb({
  name: 'apply',
  input: ORDER,
  right: { on: 'minions', kind: 'write' },
  streams: lines<ApplyEvent>(),
  run: applyMinions,
})

export const testVerb = defineVerb({
  name: 'test',
  input: ORDER,
  right: { on: 'minions', kind: 'write' },
  streams: lines<ApplyEvent>(),
  run: applyMinions,
})

export const applyVerbs = [applyVerb, testVerb] as const
