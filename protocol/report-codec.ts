import { z } from 'zod/mini'
import { CHECK_OUTCOMES } from './checks.ts'
import { AppError, type ErrorCode } from './errors.ts'
import {
  isJobId,
  isMinionId,
  isRunId,
  isSha256,
  type JobId,
  type MinionId,
  type RunId,
  type Sha256,
  type StateKey,
} from './ids.ts'
import { canonicalJson, isJsonObject, type JsonObject } from './json.ts'
import { jsonBeyond } from './json-bounds.ts'
import { LIMITS } from './limits.ts'
import { OBSERVATIONS_SCHEMA } from './observations.ts'
import { type Report, STATE_OUTCOMES } from './report.ts'

/** The bytes of a report: what is hashed, signed, spooled and stored. */
export function encodeReport(report: Report): Uint8Array {
  return new TextEncoder().encode(canonicalJson(report))
}

/** The report in these bytes; REPORT_REFUSED when they are not one. Signature and hash are checked by the caller first. */
export function decodeReport(bytes: Uint8Array): Report {
  const beyond = jsonBeyond(bytes, { nodes: LIMITS.reportNodes, depth: LIMITS.jsonDepth })
  if (beyond !== undefined) throw new AppError({ code: 'REPORT_REFUSED', message: `the report was refused: ${beyond}` })
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new AppError({ code: 'REPORT_REFUSED', message: 'the report is no JSON text' }, { cause })
  }
  const parsed = reportSchema.safeParse(value)
  if (parsed.success) return parsed.data as Report
  const [issue] = parsed.error.issues
  const where = issue === undefined || issue.path.length === 0 ? 'report' : issue.path.join('.')
  throw new AppError({
    code: 'REPORT_REFUSED',
    message: `the report is not of the shape of format 1 at \`${where}\``,
    hint: 'Bring master and minion to the same version.',
  })
}

/** ISO 8601; short enough for an event of the log. */
const time = z.string().check(z.maxLength(40))
const count = z.int().check(z.minimum(0))
const sha256 = z.custom<Sha256>(value => typeof value === 'string' && isSha256(value))
const key = z.custom<StateKey>(value => typeof value === 'string')
const position = z.strictObject({ file: z.string(), line: z.number(), column: z.number() })
const problem = z.strictObject({
  code: z.custom<ErrorCode>(value => typeof value === 'string' && value.length <= 64),
  message: z.string(),
  hint: z.optional(z.string()),
  source: z.optional(position),
  excerpt: z.optional(z.string()),
  related: z.optional(z.array(position)),
})

const stateResult = z.strictObject({
  key,
  type: z.string(),
  id: z.string(),
  name: z.string(),
  role: z.string(),
  declaredAt: z.array(position),
  outcome: z.enum(STATE_OUTCOMES),
  actions: z.array(z.strictObject({ kind: z.string(), summary: z.string() })),
  diff: z.optional(z.string()),
  note: z.optional(z.string()),
  problem: z.optional(problem),
  reacted: z.optional(z.boolean()),
  follows: z.optional(z.boolean()),
  startedAt: z.string(),
  durationMs: z.number(),
})

const reportSchema = z.strictObject({
  format: z.literal(1),
  run: z.custom<RunId>(value => typeof value === 'string' && isRunId(value)),
  job: z.optional(z.custom<JobId>(value => typeof value === 'string' && isJobId(value))),
  minion: z.custom<MinionId>(value => typeof value === 'string' && isMinionId(value)),
  test: z.boolean(),
  origin: z.enum(['order', 'boot', 'interval', 'local']),
  catalog: sha256,
  generation: count,
  bootId: z.string().check(z.maxLength(64)),
  startedAt: time,
  finishedAt: time,
  durationMs: z.number(),
  state: z.enum(['done', 'failed', 'cancelled']),
  counts: z.partialRecord(z.enum(STATE_OUTCOMES), count),
  results: z.array(stateResult),
  checks: z.optional(
    z.array(
      z.strictObject({
        key: z.string().check(z.maxLength(400)),
        outcome: z.enum(CHECK_OUTCOMES),
        durationMs: z.number(),
        problem: z.optional(problem),
      }),
    ),
  ),
  observed: z.optional(OBSERVATIONS_SCHEMA),
  orphans: z.optional(
    z.array(
      z.strictObject({ thing: z.string(), key, role: z.string(), declaredAt: z.array(position), made: z.boolean() }),
    ),
  ),
  exports: z.optional(z.custom<JsonObject>(isJsonObject)),
  owed: z.array(z.strictObject({ state: key, cause: key })),
  problem: z.optional(problem),
})
