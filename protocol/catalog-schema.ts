import { z } from 'zod/mini'
import { type FleetId, isMinionId, isSha256, type MinionId, type Sha256, type StateKey } from './ids.ts'
import { isJsonObject, type Json, type JsonObject } from './json.ts'

/**
 * The catalog as JSON: what the master compiled and signed. A minion that does not know a member refuses the whole catalog,
 * since the state could behave differently without it. A new member needs a line in protocol/version.ts.
 */

const position = z.strictObject({ file: z.string(), line: z.number(), column: z.number() })
const argv = z.array(z.string()).check(z.minLength(1))
const keys = z.array(z.custom<StateKey>(value => typeof value === 'string'))
const sha256 = z.custom<Sha256>(value => typeof value === 'string' && isSha256(value))

/** A secret text that the states need. The values are in the box, at the same index. */
export const slot = z.strictObject({
  /** Pillar path (and derivation), such as `mariadb.replication.password` or `a.b | base64`. */
  path: z.string(),
  /** HMAC-SHA-256 of path and value under the master's slot key, base64, so that a rotation changes the catalog's hash. */
  mac: z.string(),
})

/** A large file, fetched by hash, never by path. */
export const blobRef = z.strictObject({ sha256, size: z.number() })

/** Guards of a state, evaluated before it plans. Argv lists, never a shell. */
export const guards = z.strictObject({
  /** Skip if all of these exit 0. */
  unless: z.optional(z.array(argv)),
  /** Skip unless all of these exit 0. */
  onlyif: z.optional(z.array(argv)),
  /** Skip if all of these paths exist. */
  creates: z.optional(z.array(z.string())),
})

/** Where an exported value is stored. */
export const exportPlace = z.strictObject({
  /** `role/name`. */
  name: z.string(),
  /** Key of the value, when the export is a map. */
  key: z.optional(z.string()),
})

export const catalogState = z.strictObject({
  key: z.custom<StateKey>(value => typeof value === 'string'),
  /** For example `file.managed`. */
  type: z.string(),
  id: z.string(),
  /** What the state manages: path, package, unit; the id unless `name` was given. */
  name: z.string(),
  role: z.string(),
  /** More than one if equal declarations were merged. */
  declaredAt: z.array(position),
  /** Arguments including defaults and `name`; text with secrets is `{$text: TextPart[]}`. */
  params: z.custom<JsonObject>(isJsonObject),
  requisites: z.strictObject({ require: z.optional(keys), watch: z.optional(keys), onchanges: z.optional(keys) }),
  guards,
  /** Argv that validates the candidate file (`{path}`) before it is put in place, or the result of any other state. */
  checkCmd: z.optional(argv),
  /** Seconds for the whole state; default: that of the engine. */
  timeout: z.optional(z.number()),
  /** A failure ends the run. */
  failhard: z.optional(z.boolean()),
  /** Seconds within which the master must be reachable after the changes; otherwise they are rolled back. */
  confirm: z.optional(z.number()),
  /** What to do with the resource when no role declares it any more; default: report it. `keep`: do not even record it. */
  onOrphan: z.optional(z.enum(['remove', 'keep'])),
  /** The export of the minion that receives the reported value. */
  exportAs: z.optional(exportPlace),
})

const jsonText = z.custom<Json>(value => typeof value === 'string' || isSlotMap(value))

/** What a check expects of its program. Texts are compared without a trailing newline; all expectations must hold. */
export const checkExpectation = z.strictObject({
  exit: z.number(),
  /** The whole text, or a regular expression between slashes, such as `/^10\\./m`. */
  stdout: z.optional(z.string()),
  stdoutContains: z.optional(z.string()),
  /** Same as `stdout`. */
  stderr: z.optional(z.string()),
})

/** A program that proves that something works without changing anything. Part of the signed catalog. */
export const catalogCheck = z.strictObject({
  /** `role/name`. */
  key: z.string(),
  role: z.string(),
  name: z.string(),
  /** Argv. Never contains a secret, because process lists show it. */
  run: argv,
  /** User to run as; default: root. */
  user: z.optional(z.string()),
  /** Text; `{$text: TextPart[]}` when it has secrets. */
  stdin: z.optional(jsonText),
  /** Values like `stdin`. */
  env: z.optional(z.record(z.string(), jsonText)),
  /** Seconds. */
  timeout: z.number(),
  /** How often it is repeated after a failure; default: `CHECK_RETRIES` in an apply that changed something, otherwise never. */
  retries: z.optional(z.number()),
  /** Seconds between two attempts; default: `CHECK_INTERVAL`. */
  interval: z.optional(z.number()),
  expect: checkExpectation,
  /** The states it depends on: while one of them would still change, a failure proves nothing. */
  after: keys,
  declaredAt: position,
})

/** The highstate that a minion applies by itself while its master is offline. */
export const highstateRule = z.strictObject({
  everyMs: z.int().check(z.minimum(1000)),
  /** Upper limit of an additional delay that differs per minion. */
  splayMs: z.int().check(z.minimum(0)),
})

/** All states of one minion, compiled and in final order. The same inputs give the same bytes. */
export const catalogSchema = z.strictObject({
  format: z.literal(1),
  /** The version of Saltern needed to know every member; absent when any version does. */
  needs: z.optional(z.string().check(z.maxLength(32))),
  fleet: z.custom<FleetId>(value => typeof value === 'string'),
  minion: z.custom<MinionId>(value => typeof value === 'string' && isMinionId(value)),
  level: z.string(),
  /** Effective roles: assigned and included. */
  roles: z.array(z.string()),
  /** Content hash of the fleet directory that it was compiled from. */
  revision: sha256,
  states: z.array(catalogState),
  /** In the order of the roles; absent when there are none. */
  checks: z.optional(z.array(catalogCheck)),
  /** TCP ports named in the contracts of the roles, ascending: the minion reports whether they answer. */
  probes: z.optional(z.array(z.int().check(z.minimum(1), z.maximum(65_535)))),
  /** Absent: wait for the master indefinitely. */
  highstate: z.optional(highstateRule),
  slots: z.array(slot),
  blobs: z.array(blobRef),
  /** Hash of each state type used: a minion whose hash differs refuses only this catalog. */
  stateTypes: z.record(z.string(), z.string()),
})

/** True for `{$text: [...]}` and nothing else. */
function isSlotMap(value: unknown): boolean {
  return isJsonObject(value) && Array.isArray(value['$text']) && Object.keys(value).length === 1
}
