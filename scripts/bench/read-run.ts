import { z } from 'zod'
import type { BenchRun } from './row.ts'

const ROW = z.object({
  section: z.string(),
  name: z.string(),
  n: z.number(),
  unit: z.enum(['s', 'ms', 'MiB', 'KiB', 'lost']),
  value: z.number(),
  low: z.number(),
  high: z.number(),
  turns: z.number(),
  floor: z.object({ name: z.string(), value: z.number() }).nullable(),
  ratio: z.number().nullable(),
  peers: z.record(z.string(), z.number()),
  goal: z.object({ text: z.string(), met: z.boolean().nullable() }).nullable(),
})
const RUN = z.object({
  format: z.literal(1),
  short: z.boolean(),
  machine: z.object({
    cpus: z.number(),
    model: z.string(),
    memoryMiB: z.number(),
    kernel: z.string(),
    node: z.string(),
  }),
  rows: z.array(ROW),
  leftOut: z.array(z.object({ section: z.string(), what: z.string(), why: z.string() })),
})

/** Reads what `--json` printed. */
export function readRun(text: string, path: string): BenchRun {
  try {
    return RUN.parse(JSON.parse(text))
  } catch (error) {
    throw new Error(`${path} is not a run that \`node scripts/bench.ts --json\` printed`, { cause: error })
  }
}
