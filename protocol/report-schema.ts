import { z } from 'zod/mini'
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
import { isJsonObject, type JsonObject } from './json.ts'
import { OBSERVATIONS_SCHEMA } from './observations.ts'
import { CHECK_OUTCOMES, STATE_OUTCOMES } from './outcomes.ts'
import { problemInReport } from './problem-gate.ts'

/**
 * The report of a run, in JSON. A report is written once and may wait in a spool while master and minion change their versions:
 * unknown members of a newer minion are ignored, and a member that was added after format 1 was released is optional.
 */

/** ISO 8601; short enough for an event of the log. */
const time = z.string().check(z.maxLength(40))
const count = z.int().check(z.minimum(0))
const key = z.custom<StateKey>(value => typeof value === 'string')
const position = z.object({ file: z.string(), line: z.number(), column: z.number() })

/** One thing that was done, or would be: texts only, secrets already hidden. */
export const actionNote = z.object({
  /** For example `write-file`, the `do` of the action. */
  kind: z.string(),
  /** For example ``write `/etc/motd` (1.2 kB, mode 0644)``. */
  summary: z.string(),
})

export const stateResult = z.object({
  key,
  type: z.string(),
  id: z.string(),
  name: z.string(),
  role: z.string(),
  declaredAt: z.array(position),
  outcome: z.enum(STATE_OUTCOMES),
  actions: z.array(actionNote),
  /** Unified diff where there is text and no secret. */
  diff: z.optional(z.string()),
  /** The end of what its programs wrote to stdout, where the state type shows that. */
  output: z.optional(z.string()),
  /** Why: the requisite that failed, the guard that held, the trigger that was owed. */
  note: z.optional(z.string()),
  /** Why it failed. */
  problem: z.optional(problemInReport),
  /** True when its onWatch reaction ran (or would run). */
  reacted: z.optional(z.boolean()),
  /** In a test: true when it is right by itself, and only its onWatch reaction would run. */
  follows: z.optional(z.boolean()),
  startedAt: z.string(),
  durationMs: z.number(),
})

export const checkResult = z.object({
  key: z.string().check(z.maxLength(400)),
  outcome: z.enum(CHECK_OUTCOMES),
  durationMs: z.number(),
  /** What was expected, what was found, the end of what it said. */
  problem: z.optional(problemInReport),
})

/** A real thing of a host without an owner. */
export const orphan = z.object({
  /** For example `file:/etc/motd`. */
  thing: z.string(),
  /** The state that declared it last, and where. */
  key,
  role: z.string(),
  declaredAt: z.array(position),
  /** True: that state made it; false: it was there before. */
  made: z.boolean(),
})

/** What came of one run; the truth about it. Written once by the minion, stored once by the master. */
export const REPORT_SCHEMA = z.object({
  format: z.literal(1),
  run: z.custom<RunId>(value => typeof value === 'string' && isRunId(value)),
  /** Absent for a run that the minion began by itself (boot, local). */
  job: z.optional(z.custom<JobId>(value => typeof value === 'string' && isJobId(value))),
  minion: z.custom<MinionId>(value => typeof value === 'string' && isMinionId(value)),
  /** True: nothing was performed. */
  test: z.boolean(),
  /** `interval`: the highstate of a minion whose master was away; only from one whose catalog told it so. */
  origin: z.enum(['order', 'boot', 'interval', 'local']),
  catalog: z.custom<Sha256>(value => typeof value === 'string' && isSha256(value)),
  generation: count,
  /** Kernel boot id, linux random(4). */
  bootId: z.string().check(z.maxLength(64)),
  startedAt: time,
  finishedAt: time,
  durationMs: z.number(),
  state: z.enum(['done', 'failed', 'cancelled']),
  /** How many states had each outcome; absent means none. */
  counts: z.partialRecord(z.enum(STATE_OUTCOMES), count),
  /** In the order in which they ran. */
  results: z.array(stateResult),
  /** In the order of the catalog, after all states; absent when its catalog has none, and of a run that a kill cut off. */
  checks: z.optional(z.array(checkResult)),
  /** The host as it was after states and checks; absent of a run that a kill cut off. */
  observed: z.optional(OBSERVATIONS_SCHEMA),
  /** What earlier catalogs made or kept on the host and no role declares any more; absent: none. */
  orphans: z.optional(z.array(orphan)),
  /** What its states reported for others, by `role/name`; of a map the entries alone that were reported. Absent: nothing. */
  exports: z.optional(z.custom<JsonObject>(isJsonObject)),
  /** Reactions still owed after this run: the state and what it owes. */
  owed: z.array(z.object({ state: key, cause: key })),
  /** Why the run as a whole failed: catalog refused, killed, disk full. */
  problem: z.optional(problemInReport),
})
