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
 * The report of a run as JSON. A report is written once and can wait in a spool while master and minion are upgraded: unknown
 * members of a newer minion are ignored, and members added after format 1 was released are optional.
 */

/** ISO 8601; short enough for an event of the log. */
const time = z.string().check(z.maxLength(40))
const count = z.int().check(z.minimum(0))
const key = z.custom<StateKey>(value => typeof value === 'string')
const position = z.object({ file: z.string(), line: z.number(), column: z.number() })

/** An action that was performed, or would be: texts only, secrets already redacted. */
export const actionNote = z.object({
  /** The `do` of the action, for example `write-file`. */
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
  /** Unified diff, for text without secrets. */
  diff: z.optional(z.string()),
  /** The end of its programs' stdout, if the state type shows it. */
  output: z.optional(z.string()),
  /** Reason: the failed requisite, the guard that applied, or the pending trigger. */
  note: z.optional(z.string()),
  /** Error code of a failure. */
  problem: z.optional(problemInReport),
  /** True when its onWatch reaction ran (or would run). */
  reacted: z.optional(z.boolean()),
  /** In a dry run: true when the state itself has converged and only its onWatch reaction would run. */
  follows: z.optional(z.boolean()),
  startedAt: z.string(),
  durationMs: z.number(),
})

export const checkResult = z.object({
  key: z.string().check(z.maxLength(400)),
  outcome: z.enum(CHECK_OUTCOMES),
  durationMs: z.number(),
  /** What was expected, what was found, and the end of the output. */
  problem: z.optional(problemInReport),
})

/** A resource of a host that no role owns any more. */
export const orphan = z.object({
  /** For example `file:/etc/motd`. */
  thing: z.string(),
  /** The state that declared it last, and where. */
  key,
  role: z.string(),
  declaredAt: z.array(position),
  /** True when that state created it; false when it existed before. */
  made: z.boolean(),
  /** Type and id of that state; absent in reports of version 0.1. */
  type: z.optional(z.string()),
  id: z.optional(z.string()),
  /** The type of the state that removes it; absent when it cannot be removed. */
  removal: z.optional(z.string()),
  /** Why it cannot be removed. */
  kept: z.optional(z.string()),
})

/** What a run does about orphans instead of applying its catalog. */
export const ORPHAN_ACTIONS = ['remove', 'forget'] as const

/** The authoritative result of one run. Written once by the minion, stored once by the master. */
export const REPORT_SCHEMA = z.object({
  format: z.literal(1),
  run: z.custom<RunId>(value => typeof value === 'string' && isRunId(value)),
  /** Absent for a run that the minion started by itself (boot, local). */
  job: z.optional(z.custom<JobId>(value => typeof value === 'string' && isJobId(value))),
  minion: z.custom<MinionId>(value => typeof value === 'string' && isMinionId(value)),
  /** True: a dry run. */
  test: z.boolean(),
  /** The run only removed or forgot orphans of its catalog; absent: it applied the catalog. */
  orphanRun: z.optional(z.enum(ORPHAN_ACTIONS)),
  /** `interval`: the highstate of a minion whose master was offline; only if its catalog asks for it. */
  origin: z.enum(['order', 'boot', 'interval', 'local']),
  catalog: z.custom<Sha256>(value => typeof value === 'string' && isSha256(value)),
  generation: count,
  /** Kernel boot id, linux random(4). */
  bootId: z.string().check(z.maxLength(64)),
  startedAt: time,
  finishedAt: time,
  durationMs: z.number(),
  state: z.enum(['done', 'failed', 'cancelled']),
  /** Number of states per outcome; absent means none. */
  counts: z.partialRecord(z.enum(STATE_OUTCOMES), count),
  /** In the order in which they ran. */
  results: z.array(stateResult),
  /** In catalog order, after all states; absent when the catalog has none, or a kill interrupted the run. */
  checks: z.optional(z.array(checkResult)),
  /** The host after states and checks; absent when a kill interrupted the run. */
  observed: z.optional(OBSERVATIONS_SCHEMA),
  /** Resources that earlier catalogs created or managed and no role declares any more; absent when there are none. */
  orphans: z.optional(z.array(orphan)),
  /** Values exported by its states, by `role/name`; a map has only the reported entries. Absent when there are none. */
  exports: z.optional(z.custom<JsonObject>(isJsonObject)),
  /** Reactions still pending after this run, with their cause. */
  owed: z.array(z.object({ state: key, cause: key })),
  /** Why the run as a whole failed: catalog refused, killed, disk full. */
  problem: z.optional(problemInReport),
})
